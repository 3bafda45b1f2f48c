"""Key accounts: who is on which list from when until when, and what the list says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from deals.models import Account, NamedAccount, NamedAccountList
from deals.queries.named import lists_with_counts, named_on, named_to_read
from deals.services.named import EDITORS, add_list, end_named, name_account
from prm.doors import actor_of, console_page, program_of, today_of
from prm.errors import DomainError
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class EntryForm(forms.Form):
    """A customer on a list, or by itself with a policy."""

    customer = forms.CharField(
        label=_("Customer"), max_length=253, help_text=_("Its website, or its id in the system that it came from.")
    )
    named_list = forms.ModelChoiceField(
        label=_("List"),
        queryset=NamedAccountList.objects.all(),
        required=False,
        to_field_name="code",
        empty_label=_("None: its own policy"),
    )
    policy = forms.ChoiceField(
        label=_("Own policy"),
        required=False,
        choices=[("", _("That of the list")), *NamedAccount.Policy.choices],
    )
    owner_email = forms.EmailField(label=_("Owner"), required=False, help_text=_("Empty: the list’s owner."))
    valid_from = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: from the beginning."),
    )  # fmt: skip
    valid_until = forms.DateField(
        label=_("First day off the list"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), help_text=_("Empty: until further notice."),
    )  # fmt: skip

    def clean_customer(self) -> Account:
        """Find the one customer that is meant."""
        typed = self.cleaned_data["customer"].strip()
        found = list(Account.objects.filter(domains__domain=typed.lower())[:2]) or list(
            Account.objects.filter(external_id=typed)[:2]
        )
        if len(found) != 1:
            raise forms.ValidationError(_now("No single customer has this website or id."))
        return found[0]


class ListForm(forms.Form):
    """A list and what it says."""

    code = forms.SlugField(label=_("Code"), max_length=64)
    name = forms.CharField(label=_("Name"), max_length=120)
    policy = forms.ChoiceField(label=_("Policy"), choices=NamedAccount.Policy.choices)
    owner_email = forms.EmailField(label=_("Owner"), required=False, help_text=_("Of entries that name nobody."))


@require_GET
@console_page
def named_accounts(request: HttpRequest) -> HttpResponse:
    """List the key accounts of today and those to come, and the lists."""
    actor = actor_of(request)
    today = today_of(request)
    words = request.GET.get("q", "").strip()
    page = Paginator(named_on(actor, day=today, words=words), PAGE_SIZE).get_page(request.GET.get("page"))
    values = {
        "page_obj": page,
        "words": words,
        "lists": lists_with_counts(actor, day=today),
        "may_edit": actor.has_role(*EDITORS),
    }
    return render(request, "deals/manage/named/list.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def add_named(request: HttpRequest) -> HttpResponse:
    """Put a customer on a list."""
    form = EntryForm(request.POST or None)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            name_account(
                account=typed["customer"],
                **{name: typed[name] for name in typed if name != "customer"},
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error.sentence))
        else:
            messages.success(request, _now("%(customer)s is a named account.") % {"customer": typed["customer"].name})
            return redirect("deals_manage:named_accounts")
    return _form(request, form, title=_now("Add a named account"), button=_now("Add"))


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def new_list(request: HttpRequest) -> HttpResponse:
    """Make a list."""
    form = ListForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = add_list(**form.cleaned_data, actor=actor_of(request), now=timezone.now())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
        else:
            messages.success(request, _now("The list %(name)s is made.") % {"name": made.name})
            return redirect("deals_manage:named_accounts")
    return _form(request, form, title=_now("New list of named accounts"), button=_now("Make the list"))


@require_POST
@console_page(roles=EDITORS)
def end_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a customer off its list from today on."""
    actor, now = actor_of(request), timezone.now()
    entry = named_to_read(actor).filter(public_id=public_id).first()
    if entry is None:
        raise Http404
    end_named(entry=entry, on=program_of(request).day_of(now), actor=actor, now=now)
    messages.success(request, _now("%(customer)s is off the list.") % {"customer": entry.account.name})
    return redirect("deals_manage:named_accounts")


def _form(request: HttpRequest, form: forms.Form, *, title: str, button: str) -> HttpResponse:
    values: dict[str, Any] = {"form": form, "title": title, "button": button}
    return render(request, "deals/manage/named/form.html", values, status=422 if form.errors else 200)
