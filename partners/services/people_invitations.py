"""Invitations: asked by mail, joined by its signed link, which the latest mail alone holds and which works once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from partners.models import ROLE_NAMES, Invitation, Membership, MembershipRole, Partner, PartnerStatus
from partners.services.activity import record_activity
from partners.services.onboarding import refresh_onboarding
from partners.services.people import require_people_manager
from prm import audit, formats, mail
from prm.actors import Actor, ActorKind, Channel, InternalRole
from prm.errors import DomainError, NotAllowedError, as_domain_error
from prm.models import Program, User

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

PURPOSE = "partners.invitation"
in_words = lazy(formats.day, str)
"""A day in the language in which a mail is written, which is not yet active where its values are gathered."""
VALID = timedelta(days=14)
OPEN_PARTNERS = (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


class InvitationOverError(DomainError):
    """Not one of ours, too old, taken back or used: one sentence for all, so that nobody learns which."""

    def __init__(self) -> None:
        sentence = _("This invitation has ended. Ask who sent it for a new one, or sign in if you have joined already.")
        super().__init__("invitation_over", sentence)


def invite_person(
    *, partner_id: int, email: str, role: str, actor: Actor, now: datetime, name: str = "", language: str = ""
) -> Invitation:
    """Invite somebody to a partner; an invitation that has run out is renewed, one that still holds is refused.

    ``language`` is the mail's, for somebody who has no account with a language of their own; empty: the program's.
    Raises ``DomainError`` naming the field (``invalid_email``, ``unknown_role``, ``already_member``,
    ``invitation_one_open``, ``partner_closed``) and ``NotAllowedError``.
    """
    require_people_manager(actor, partner_id)
    if role not in MembershipRole.values:
        raise DomainError("unknown_role", _("This role is not known."), field="role")
    address = _clean_email(email)
    with transaction.atomic():
        partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
        if partner.status not in OPEN_PARTNERS:
            raise DomainError("partner_closed", _("Nobody can join this partner in its present state."))
        if Membership.objects.filter(partner=partner, user__email=address, is_active=True).exists():
            raise DomainError("already_member", _("This person belongs to the company already."), field="email")
        who = _Guest(address, name, language)
        row = _invite(who, partner=partner, role=role, roles=(), actor=actor, now=now)
        record_activity(
            partner_id=partner.pk, kind="person_invited", at=now, user_id=actor.user_id,
            object_name=f"{name.strip() or address}: {row.get_role_display()}",
        )  # fmt: skip
    return row


def invite_colleague(
    *, email: str, roles: Iterable[str], actor: Actor, now: datetime, name: str = "", language: str = ""
) -> Invitation:
    """Invite somebody of the vendor with roles that add up; administrators alone do.

    Raises as ``invite_person`` does; ``already_member`` for somebody who holds all these roles.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Administrators invite the program's own people."))
    wanted = checked_roles(roles)
    if not wanted:
        raise DomainError("unknown_role", _("Choose at least one role."), field="roles")
    address = _clean_email(email)
    with transaction.atomic():
        known = User.objects.filter(email=address, is_active=True).first()
        if known is not None and set(wanted) <= set(known.roles):
            raise DomainError("already_member", _("This person holds these roles already."), field="email")
        who = _Guest(address, name, language)
        return _invite(who, partner=None, role="", roles=wanted, actor=actor, now=now)


def resend_invitation(*, invitation_id: int, actor: Actor, now: datetime) -> Invitation:
    """Send the mail again with a new link and a new end; the link of before opens nothing any more."""
    with transaction.atomic():
        row = _lock(invitation_id, actor)
        row.sent_at, row.expires_at, row.sent_count = now, now + VALID, row.sent_count + 1
        row.save(update_fields=["sent_at", "expires_at", "sent_count"])
        _send(row, now=now)
        audit.record(action="people.invitation_resent", actor=actor, now=now, target=row, data={"email": row.email})
    return row


def revoke_invitation(*, invitation_id: int, actor: Actor, now: datetime) -> Invitation:
    """Take an invitation back: its link opens nothing from now on."""
    with transaction.atomic():
        row = _lock(invitation_id, actor)
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.record(action="people.invitation_revoked", actor=actor, now=now, target=row, data={"email": row.email})
        if row.partner_id is not None:
            record_activity(
                partner_id=row.partner_id, kind="invitation_revoked", at=now, object_name=row.email,
                user_id=actor.user_id,
            )  # fmt: skip
    return row


def link_for(row: Invitation) -> str:
    """Return the address that the mail holds; it is signed, and names which mail it stood in."""
    token = signing.Signer(salt=PURPOSE).sign_object([str(row.public_id), row.sent_count])
    return f"{settings.SITE_URL}{reverse('people_join:join', args=[token])}"


def open_invitation(token: str, *, now: datetime) -> Invitation:
    """Return the invitation behind a link; changes nothing. Raises ``InvitationOverError``."""
    try:
        public_id, sent = signing.Signer(salt=PURPOSE).unsign_object(token)
        key = UUID(public_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise InvitationOverError from None
    row = Invitation.objects.select_related("partner").filter(public_id=key).first()
    if row is None or row.sent_count != sent or not row.is_open(now=now) or not _is_joinable(row):
        raise InvitationOverError
    return row


def invited_account(row: Invitation) -> User | None:
    """Return the account that the invited person has already and can sign in to."""
    user = User.objects.filter(email=row.email).first()
    return user if user is not None and (user.has_usable_password() or user.last_login is not None) else None


def accept_invitation(*, token: str, now: datetime, name: str = "", password: str = "") -> User:
    """Join: the account is made where there is none, the role given, the invitation used up; returns the person.

    Whoever has an account joins with it as it is; ``name`` and ``password`` are for those who have none, and without a
    password they sign in by passkey or code. Raises ``InvitationOverError``, and ``DomainError`` (``invalid_password``,
    ``account_off``).
    """
    with transaction.atomic():
        found = open_invitation(token, now=now)
        if found.partner_id is not None:
            Partner.objects.select_for_update(no_key=True).get(pk=found.partner_id)
        Invitation.objects.select_for_update().get(pk=found.pk)
        row = open_invitation(token, now=now)  # once more: somebody may have used or revoked it meanwhile
        user = _account(row, name=name, password=password)
        row.accepted_at, row.accepted_by = now, user
        row.save(update_fields=["accepted_at", "accepted_by"])
        actor = Actor(
            kind=ActorKind.PARTNER if row.partner_id else ActorKind.INTERNAL,
            channel=Channel.MAIL,
            user_id=user.pk,
            label=str(user),
            partner_id=row.partner_id,
            partner_role=row.role,
        )
        if row.partner_id is not None:
            _seat(row, user, now=now)
        else:
            user.roles = sorted({*user.roles, *row.roles})
            user.is_staff = InternalRole.ADMIN in user.roles
            user.save(update_fields=["roles", "is_staff"])
        data = {"person": user.email, "role": row.role, "roles": row.roles, "invited_by": row.invited_label}
        audit.record(action="people.joined", actor=actor, now=now, target=user, data=data)
        if row.partner_id is not None:
            refresh_onboarding(partner_id=row.partner_id, now=now)
    return user


def checked_roles(roles: Iterable[str]) -> list[str]:
    """Return internal roles, sorted, each once; raises ``DomainError`` for an unknown one."""
    wanted = sorted(set(roles))
    if not set(wanted) <= {str(role) for role in InternalRole}:
        raise DomainError("unknown_role", _("One of these roles is not known."), field="roles")
    return wanted


def _clean_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise DomainError("invalid_email", _("This is no e-mail address."), field="email") from None
    return address


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who is invited, and the language of the mail."""

    email: str
    name: str
    language: str


def _invite(
    who: _Guest, *, partner: Partner | None, role: str, roles: Iterable[str], actor: Actor, now: datetime
) -> Invitation:
    waiting = Invitation.objects.filter(
        email=who.email, partner=partner, accepted_at__isnull=True, revoked_at__isnull=True
    ).first()
    if waiting is not None and waiting.is_open(now=now):
        sentence = _("This person is invited already. Send the invitation again instead.")
        raise DomainError("invitation_one_open", sentence, field="email")
    row = waiting or Invitation(email=who.email, partner=partner, created_at=now, sent_count=0)
    row.name, row.role, row.roles = " ".join(who.name.split())[:160], role, list(roles)
    row.language = who.language if who.language in dict(settings.LANGUAGES) else ""
    row.sent_at, row.expires_at, row.sent_count = now, now + VALID, row.sent_count + 1
    row.invited_by_id, row.invited_label = actor.user_id, (actor.label or actor.kind.value)[:200]
    try:
        row.save()
    except IntegrityError as error:
        raise as_domain_error(error) from error
    row.refresh_from_db(fields=["public_id"])
    _send(row, now=now)
    data = {"email": who.email, "role": role, "roles": list(roles), "partner": partner.code if partner else ""}
    audit.record(action="people.invited", actor=actor, now=now, target=row, data=data)
    return row


def _lock(invitation_id: int, actor: Actor) -> Invitation:
    row = Invitation.objects.select_for_update(of=("self",)).select_related("partner").get(pk=invitation_id)
    if row.partner_id is not None:
        require_people_manager(actor, row.partner_id)
    elif not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Administrators invite the program's own people."))
    if row.accepted_at is not None or row.revoked_at is not None:
        raise DomainError("invitation_closed", _("This invitation was accepted or taken back already."))
    return row


def _is_joinable(row: Invitation) -> bool:
    return row.partner is None or row.partner.status in OPEN_PARTNERS


def _account(row: Invitation, *, name: str, password: str) -> User:
    user = User.objects.select_for_update().filter(email=row.email).first()
    is_new = user is None
    if user is None:
        user = User(email=row.email, language=row.language)
    elif not user.is_active:
        raise DomainError("account_off", _("This account is switched off. An administrator can switch it on again."))
    if invited_account(row) is None:  # new, or without any way to sign in
        user.name = " ".join((name or user.name or row.name).split())[:160]
        if password:
            try:
                validate_password(password, user)
            except ValidationError as weak:
                raise DomainError("invalid_password", " ".join(weak.messages), field="password") from None
            user.set_password(password)
        elif is_new:
            user.set_unusable_password()
        user.save()
    return user


def _seat(row: Invitation, user: User, *, now: datetime) -> None:
    assert row.partner_id is not None  # noqa: S101 - the caller looked
    Membership.objects.update_or_create(
        user=user, partner_id=row.partner_id, defaults={"role": row.role, "is_active": True}
    )
    words = f"{user}: {row.get_role_display()}"
    record_activity(partner_id=row.partner_id, kind="person_joined", at=now, object_name=words, user_id=user.pk)


def _send(row: Invitation, *, now: datetime) -> None:
    """Write the mail: in the language of whom it is for where that is known, else in the invitation's."""
    known = User.objects.filter(email=row.email).values_list("language", flat=True).first()
    program = Program.current()
    roles = [MembershipRole(row.role).label] if row.role else [ROLE_NAMES[InternalRole(role)] for role in row.roles]
    values = {
        "person": row.invited_label,
        "company": row.partner.name if row.partner else (program.vendor_name or program.name),
        "role": format_lazy(", ".join(["{}"] * len(roles)), *roles),
        "link": link_for(row),
        "day": in_words(program.day_of(row.expires_at)),
    }
    language, key = known or row.language, f"invitation:{row.pk}"
    mail.send_written("invitation", to=row.email, language=language, values=values, now=now, key=key)
