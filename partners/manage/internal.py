"""The console's pages of the program's own people; administrators alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.models import Invitation
from partners.people.forms import INTERNAL_ROLES, ColleagueForm, LeaveForm, RolesForm
from partners.people.pages import tell
from partners.queries.people import internal_people
from partners.services.people_internal import change_roles, switch_account_off, switch_account_on
from partners.services.people_invitations import invite_colleague, resend_invitation, revoke_invitation
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, status_of
from prm.errors import DomainError
from prm.models import User

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

ADMIN = (InternalRole.ADMIN,)


@require_GET
@console_page(roles=ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    """List the program's own people and who is invited."""
    now = timezone.now()
    rows, invited = internal_people(actor=actor_of(request))
    active = sum(row.is_active for row in rows)
    words = ngettext("%(count)s person works in the console.", "%(count)s people work in the console.", active)
    values = {
        "people": [(row, _words(row.roles)) for row in rows],
        "invited": [(row, _words(row.roles), row.is_open(now=now)) for row in invited],
        "state": words % {"count": formats.number(active)},
    }
    return render(request, "partners/people/internal.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=ADMIN)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody of the vendor."""
    form = ColleagueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = invite_colleague(actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": row.email})
            return redirect("people_manage:people")
    return render(request, "partners/people/internal_invite.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=ADMIN)
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """Show one person, change their roles, switch the account off or on."""
    row = get_object_or_404(User.objects.exclude(roles=[]), public_id=person)
    problem, status = "", 200
    if request.method == "POST":
        try:
            said = _act(request, row)
        except DomainError as refusal:
            problem, status = str(refusal.sentence), status_of(refusal)
        else:
            messages.success(request, said)
            return redirect("people_manage:people")
    values = {
        "row": row,
        "problem": problem,
        "roles_form": RolesForm(initial={"roles": row.roles}),
        "leave_form": LeaveForm(),
    }
    return render(request, "partners/people/internal_person.html", values, status=status)


@require_POST
@console_page(roles=ADMIN)
def invitation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send an invitation again, or take it back."""
    row = get_object_or_404(Invitation, partner=None, public_id=public_id)
    act = revoke_invitation if request.POST.get("act") == "revoke" else resend_invitation
    try:
        act(invitation_id=row.pk, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        said = _("The invitation was taken back.") if act is revoke_invitation else _("The invitation was sent again.")
        messages.success(request, said)
    return redirect("people_manage:people")


def _act(request: HttpRequest, row: User) -> str:
    actor, now, act = actor_of(request), timezone.now(), request.POST.get("act", "")
    name = {"person": str(row)}
    if act == "leave":
        switch_account_off(user_id=row.pk, actor=actor, now=now, reason=request.POST.get("reason", "")[:200])
        return _("%(person)s has no access any more.") % name
    if act == "return":
        switch_account_on(user_id=row.pk, actor=actor, now=now)
        return _("%(person)s has access again.") % name
    change_roles(user_id=row.pk, roles=request.POST.getlist("roles"), actor=actor, now=now)
    return _("The roles of %(person)s are changed.") % name


def _words(roles: list[str]) -> str:
    """Return the roles as the list prints them: the words before each colon."""
    known = {code: str(label).split(":", maxsplit=1)[0] for code, label in INTERNAL_ROLES}
    return ", ".join(known[code] for code in sorted(roles))
