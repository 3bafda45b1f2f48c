"""API keys: made, found, rotated, revoked. Only a hash is stored; the key itself is shown once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.models import ApiKey, Partner, PartnerStatus
from prm import audit
from prm.actors import Actor, ActorKind, Channel, InternalRole
from prm.api import scopes as known_scopes
from prm.errors import DomainError, NotAllowedError

SHAPE = re.compile(r"(prm_[0-9a-z]{8})_[0-9A-Za-z_-]{43}")
SECRET_BYTES = 32
LAST_USED_STEP = timedelta(minutes=1)
LONGEST_NAME = 120

_OPEN = frozenset({PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED})
_AFTER_THE_END = frozenset({"statements:read"})
"""What is left to a terminated partner (partner rules, section 1)."""


def create_api_key(
    *,
    actor: Actor,
    now: datetime,
    name: str,
    partner: Partner | None = None,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key of a system, or of ``partner``; return its row and the key, which is nowhere stored.

    Without ``scopes`` the key only reads; ``*`` allows everything that its kind may. Raises ``DomainError``
    for an empty name, an unknown scope (naming the known ones) or an expiry that is not ahead.
    """
    _require_administrator(actor)
    wanted = sorted(set(scopes)) or [known_scopes.ALL_READ]
    _check(name=name, scopes=wanted, partner=partner, expires_at=expires_at, now=now)
    prefix = f"prm_{secrets.token_hex(4)}"
    text = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name.strip(),
            prefix=prefix,
            key_hash=_hash(text),
            partner=partner,
            scopes=wanted,
            expires_at=expires_at,
        )
        audit.record(
            action="api_key.created", actor=actor, now=now, target=key, data={"prefix": prefix, "scopes": wanted}
        )
    return key, text


def rotate_api_key(*, actor: Actor, now: datetime, key: ApiKey, overlap: timedelta) -> tuple[ApiKey, str]:
    """Make a successor with the same rights; the old key works until ``overlap`` has passed, never longer than it did.

    Raises ``DomainError`` where the key opens nothing any more.
    """
    with transaction.atomic():
        old = ApiKey.objects.select_for_update().get(pk=key.pk)
        if not old.is_usable(now=now):
            raise DomainError("key_not_usable", _("The key has expired or was revoked."))
        successor, text = create_api_key(
            actor=actor, now=now, name=old.name, partner=old.partner, scopes=old.scopes, expires_at=old.expires_at
        )
        end = now + overlap
        old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
        old.save(update_fields=["expires_at"])
        audit.record(action="api_key.rotated", actor=actor, now=now, target=old, data={"successor": successor.prefix})
    return successor, text


def revoke_api_key(*, actor: Actor, now: datetime, key: ApiKey, reason: str = "") -> None:
    """Let the key open nothing from now on; revoking twice changes nothing."""
    _require_administrator(actor)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now):
            audit.record(action="api_key.revoked", actor=actor, now=now, target=key, reason=reason)


def find_api_key(*, text: str, now: datetime) -> ApiKey | None:
    """Return the usable key that ``text`` is, with its partner, in one query; nothing for any other text.

    The prefix finds the row; the hash of the whole is compared in constant time.
    """
    match = SHAPE.fullmatch(text)
    if match is None:
        return None
    key = ApiKey.objects.select_related("partner").filter(prefix=match[1]).first()
    if key is None or not hmac.compare_digest(key.key_hash, _hash(text)) or not key.is_usable(now=now):
        return None
    return key


def record_use(*, key: ApiKey, now: datetime) -> None:
    """Note when the key was last used, at most once a minute: not a write for every request."""
    before = now - LAST_USED_STEP
    if key.last_used_at is None or key.last_used_at <= before:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def actor_of_key(key: ApiKey) -> Actor:
    """Return who acts through ``key``: a system, or a partner as far as it is let in."""
    partner = key.partner
    held = known_scopes.expand(key.scopes, for_partner=partner is not None)
    if partner is not None and partner.status == PartnerStatus.TERMINATED:
        held &= _AFTER_THE_END
    elif partner is not None and partner.status not in _OPEN:
        held = frozenset()
    return Actor(
        kind=ActorKind.SYSTEM_KEY if partner is None else ActorKind.PARTNER_KEY,
        channel=Channel.API,
        label=f"{key.name} ({key.prefix})",
        partner_id=None if partner is None else partner.pk,
        scopes=held,
    )


def _require_administrator(actor: Actor) -> None:
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError


def _check(
    *, name: str, scopes: list[str], partner: Partner | None, expires_at: datetime | None, now: datetime
) -> None:
    if not name.strip() or len(name.strip()) > LONGEST_NAME or not name.isprintable():
        raise DomainError("invalid_name", _("A key needs a name of 1 to 120 characters."), field="name")
    unknown = known_scopes.unknown(scopes, for_partner=partner is not None)
    if unknown:
        sentence = _("Unknown scopes for this kind of key: %(unknown)s. Known: %(known)s, or * for all.") % {
            "unknown": ", ".join(unknown),
            "known": ", ".join(known_scopes.known(for_partner=partner is not None)),
        }
        raise DomainError("unknown_scope", sentence, field="scopes")
    if expires_at is not None and expires_at <= now:
        raise DomainError("expired", _("The expiry must lie ahead."), field="expires")


def _hash(text: str) -> str:
    """Return the digest: the secret has 256 random bits, so a slow hash would add nothing but time."""
    return hashlib.sha256(text.encode()).hexdigest()
