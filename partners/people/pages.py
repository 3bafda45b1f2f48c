"""What happens on the pages of a partner's people; portal and console say who asks, and about which partner."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Invitation, Membership
from partners.people.forms import InviteForm, LeaveForm, RoleForm
from partners.queries.people import colleagues, open_invitations
from partners.services.people import change_role, deactivate_person, reactivate_person
from partners.services.people_invitations import invite_person, resend_invitation, revoke_invitation
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, status_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True)
class Place:
    """Whose people the page is about; ``base`` is the page's frame, ``door`` the names of its addresses."""

    partner_id: int
    partner_name: str
    base: str
    door: str
    code: str = ""

    def url(self, name: str, **ids: Any) -> str:
        """Return an address of the same door."""
        return reverse(f"{self.door}:{name}", kwargs={**({"code": self.code} if self.code else {}), **ids})


def listing(request: HttpRequest, place: Place) -> HttpResponse:
    """Show people, roles, last visits and who is invited."""
    actor, now = actor_of(request), timezone.now()
    people = colleagues(actor=actor, partner_id=place.partner_id)
    invited = open_invitations(actor=actor, partner_id=place.partner_id)
    active = [row for row in people if row.is_active and row.user.is_active]
    words = ngettext("%(count)s person has access.", "%(count)s people have access.", len(active))
    values = {
        "place": place,
        "people": [(row, place.url("person", person=row.user.public_id)) for row in people],
        "invited": [(row, row.is_open(now=now), place.url("invitation", public_id=row.public_id)) for row in invited],
        "state": words % {"count": formats.number(len(active))},
        "invite_url": place.url("invite"),
    }
    return render(request, "partners/people/list.html", values)


def invite(request: HttpRequest, place: Place) -> HttpResponse:
    """Invite somebody."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = invite_person(
                partner_id=place.partner_id, actor=actor_of(request), now=timezone.now(), **given
            )  # fmt: skip
        except DomainError as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": row.email})
            return redirect(place.url("people"))
    values = {"place": place, "form": form, "back_url": place.url("people")}
    return render(request, "partners/people/invite.html", values, status=422 if form.errors else 200)


def person(request: HttpRequest, place: Place, public_id: UUID) -> HttpResponse:
    """Show one person; on POST change the role, take the access away or give it back."""
    actor = actor_of(request)
    rows = Membership.objects.visible_to(actor).filter(partner_id=place.partner_id, user__public_id=public_id)
    row = rows.select_related("user").first()
    if row is None:
        raise Http404
    if request.method == "POST":
        try:
            said = _act(request, row)
        except DomainError as refusal:
            return _person(request, place, row, problem=str(refusal.sentence), status=status_of(refusal))
        messages.success(request, said)
        return redirect(place.url("people"))
    return _person(request, place, row)


def invitation(request: HttpRequest, place: Place, public_id: UUID) -> HttpResponse:
    """Send an invitation again, or take it back."""
    actor, now = actor_of(request), timezone.now()
    row = Invitation.objects.visible_to(actor).filter(partner_id=place.partner_id, public_id=public_id).first()
    if row is None:
        raise Http404
    act = revoke_invitation if request.POST.get("act") == "revoke" else resend_invitation
    try:
        act(invitation_id=row.pk, actor=actor, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        said = _("The invitation was taken back.") if act is revoke_invitation else _("The invitation was sent again.")
        messages.success(request, said)
    return redirect(place.url("people"))


def tell(form: Form, refusal: DomainError) -> None:
    """Put a refusal beside the field that it is about."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.sentence))


def _act(request: HttpRequest, row: Membership) -> str:
    """Do what the page asks for and return the sentence that says so."""
    actor, now, act = actor_of(request), timezone.now(), request.POST.get("act", "")
    name = {"person": str(row.user)}
    if act == "leave":
        deactivate_person(membership_id=row.pk, actor=actor, now=now, reason=request.POST.get("reason", "")[:200])
        return _("%(person)s has no access any more.") % name
    if act == "return":
        reactivate_person(membership_id=row.pk, actor=actor, now=now)
        return _("%(person)s has access again.") % name
    changed = change_role(membership_id=row.pk, role=request.POST.get("role", ""), actor=actor, now=now)
    return _("%(person)s is %(role)s now.") % {**name, "role": changed.get_role_display().lower()}


def _person(
    request: HttpRequest, place: Place, row: Membership, *, problem: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    values = {
        "place": place,
        "row": row,
        "role_form": RoleForm(initial={"role": row.role}),
        "leave_form": LeaveForm(),
        "problem": problem,
        "back_url": place.url("people"),
        "resets": bool(place.code) and actor_of(request).has_role(InternalRole.ADMIN),
        "is_me": row.user_id == actor_of(request).user_id,
    }
    return render(request, "partners/people/person.html", values, status=status)
