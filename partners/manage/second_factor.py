"""The administrators' page that takes somebody's second factor away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners.people.forms import ResetForm
from partners.services.second_factor import reset_second_factor
from prm.account.queries import factors_of
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, status_of
from prm.errors import DomainError
from prm.models import User

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "POST"])
@console_page(roles=(InternalRole.ADMIN,))
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator] # it ships no types
def second_factor(request: HttpRequest, person: UUID) -> HttpResponse:
    """Show what a person signs in with beside the password; on POST take all of it away."""
    row = get_object_or_404(User, public_id=person)
    form, status = ResetForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                reset_second_factor(
                    user_id=row.pk, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
                )  # fmt: skip
            except DomainError as refusal:
                form.add_error(refusal.field or None, str(refusal.sentence))
                status = status_of(refusal)
            else:
                messages.success(request, _("The second factor of %(person)s is removed.") % {"person": row})
                return redirect("people_manage:second_factor", person=person)
    values = {"row": row, "form": form, "factors": factors_of(row), "is_me": row.pk == request.user.pk}
    return render(request, "partners/people/second_factor.html", values, status=status)
