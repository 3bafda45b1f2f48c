"""Single sign-on: which provider vouches for which mail domain, and whom it lets in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from partners.models import Membership, MembershipRole, SignInDomain
from partners.services.activity import record_activity
from partners.services.people_invitations import OPEN_PARTNERS
from prm import audit
from prm.actors import Actor, Channel, InternalRole
from prm.errors import DomainError, NotAllowedError, as_domain_error
from prm.models import User

if TYPE_CHECKING:
    from datetime import datetime

DOMAIN = re.compile(r"(?=.{3,200}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class DomainEntry:
    """What an administrator enters; an empty secret keeps the one that is stored."""

    domain: str
    issuer: str
    client_id: str
    secret: str = ""
    partner_id: int | None = None
    is_active: bool = True
    admits_new: bool = False
    default_role: str = ""
    trusts_second_factor: bool = False


class RefusedError(DomainError):
    """The provider says who it is, and that person does not come in."""


def store_domain(*, entry: DomainEntry, actor: Actor, now: datetime, domain_id: int | None = None) -> SignInDomain:
    """Set single sign-on up for a domain, or change it. The secret is stored sealed and written nowhere else.

    Raises ``NotAllowedError`` for anybody but administrators, ``DomainError`` naming the field.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Administrators set up single sign-on."))
    domain = entry.domain.strip().lower()
    _check(domain, entry, is_new=domain_id is None)
    try:
        with transaction.atomic():
            row = (
                SignInDomain(created_at=now)
                if domain_id is None
                else SignInDomain.objects.select_for_update().get(pk=domain_id)
            )
            secret = entry.secret or row.secret()  # opened before the domain changes: the seal is bound to it
            row.domain, row.issuer, row.client_id = domain, entry.issuer.rstrip("/"), entry.client_id.strip()
            row.partner_id, row.is_active, row.admits_new = entry.partner_id, entry.is_active, entry.admits_new
            row.default_role = entry.default_role if entry.admits_new else ""
            row.trusts_second_factor = entry.trusts_second_factor
            row.seal_secret(secret)
            row.save()
            data = {
                "domain": row.domain, "issuer": row.issuer, "on": row.is_active, "admits_new": row.admits_new,
                "role": row.default_role, "new_secret": bool(entry.secret),
            }  # fmt: skip
            audit.record(action="single_sign_on.stored", actor=actor, now=now, target=row, data=data)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return row


def admit(*, domain: SignInDomain, email: str, verified: bool, name: str, now: datetime) -> User:
    """Return the person whom a provider vouches for; make them, with the domain's role, where it lets new ones in.

    Raises ``RefusedError``: an address that is not verified or of another domain, somebody of the vendor's through a
    partner's provider, and people who are not here where nobody new is let in. An account that is switched off is
    returned as it is: whoever signs it in refuses it. A person who left is never let in again by a provider.
    """
    address = email.strip().lower()
    if not verified or not address:
        raise RefusedError("unverified_email", _("Your provider does not say that your e-mail address is verified."))
    if address.rpartition("@")[2] != domain.domain:
        raise RefusedError("foreign_domain", _("This address is not of the domain for which the provider speaks."))
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        if user is not None and user.roles and domain.partner_id is not None:
            raise RefusedError("internal_person", _("The program's own people sign in by its own provider."))
        if not domain.admits_new:
            if user is None:
                raise RefusedError("unknown_person", _("Nobody has invited you yet. Ask your company's owner to."))
            return user
        if domain.partner is not None and domain.partner.status not in OPEN_PARTNERS:
            raise RefusedError("partner_closed", _("Nobody can join this partner in its present state."))
        is_new = user is None
        if user is None:
            user = User.objects.create_user(address, name=" ".join(name.split())[:160])
        if is_new or domain.partner_id is not None:
            _give_role(domain, user, now=now)
    return user


def _give_role(domain: SignInDomain, user: User, *, now: datetime) -> None:
    """Give the domain's role to somebody who never had one there; who left stays outside."""
    actor = Actor(channel=Channel.PORTAL, user_id=user.pk, label=str(user))
    data = {"domain": domain.domain, "role": domain.default_role}
    if domain.partner_id is None:
        user.roles = [domain.default_role]
        user.save(update_fields=["roles"])
        audit.record(action="people.let_in", actor=actor, now=now, target=user, data=data)
        return
    row, is_new = Membership.objects.get_or_create(
        user=user, partner_id=domain.partner_id, defaults={"role": domain.default_role}
    )
    if is_new:
        words = f"{user}: {row.get_role_display()}"
        record_activity(
            partner_id=domain.partner_id, kind="person_joined", at=now, object_name=words, user_id=user.pk
        )  # fmt: skip
        audit.record(action="people.let_in", actor=actor, now=now, target=user, data=data)


def _check(domain: str, entry: DomainEntry, *, is_new: bool) -> None:
    if not DOMAIN.fullmatch(domain):
        raise DomainError("invalid_domain", _("Enter a mail domain, such as example.com."), field="domain")
    parts = urlsplit(entry.issuer)
    local = parts.hostname in LOOPBACK and not settings.HTTPS
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or local):
        raise DomainError("invalid_issuer", _("An issuer is an address that begins with https://."), field="issuer")
    if not entry.client_id.strip():
        raise DomainError("no_client", _("Enter the client id that the provider gave you."), field="client_id")
    if is_new and not entry.secret:
        raise DomainError("no_secret", _("Enter the secret that the provider gave you."), field="secret")
    if entry.admits_new and entry.partner_id is not None and entry.default_role not in MembershipRole.values:
        raise DomainError("sign_in_domain_role_known", _("Choose the role of people who are let in."), field="role")
