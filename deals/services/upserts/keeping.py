"""What every upsert does: who may, which version, what differs, what the trail says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import Model, QuerySet

    from prm.actors import Actor
    from prm.upserts import Upserted

SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class ExternalId:
    """How another system names an object."""

    source_system: str
    external_id: str

    def key(self) -> dict[str, str]:
        """Return the columns of the unique key."""
        return {"source_system": self.source_system, "external_id": self.external_id}


def require_system(actor: Actor) -> None:
    """Let in systems and administrators: a partner never writes the vendor's records."""
    if actor.kind is not ActorKind.SYSTEM_KEY and not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError


def check_name(name: ExternalId) -> None:
    """Refuse a source or an id that could not be stored, or that a list could not show."""
    if not SOURCE.fullmatch(name.source_system):
        sentence = _("A source system is 1 to 32 small letters, digits, - or _.")
        raise DomainError("invalid", sentence, field="source_system")
    if not name.external_id.strip() or len(name.external_id) > LONGEST_ID or not name.external_id.isprintable():
        raise DomainError("invalid", _("An external id has 1 to 200 printable characters."), field="external_id")


def locked(queryset: QuerySet[Any], name: ExternalId, *, version: int | None) -> Any:
    """Return the stored row, locked, or nothing; ``version`` must be the stored one where it is given."""
    row = queryset.select_for_update(no_key=True, of=("self",)).filter(**name.key()).first()
    if version is not None and (row is None or row.version != version):
        raise StaleError(_("Somebody else changed it first. Read it again."))
    return row


def require(values: Mapping[str, Any], needed: Iterable[str]) -> None:
    """Refuse to make an object without what it needs; an existing one keeps what is not named."""
    for name in needed:
        if values.get(name) in {None, ""}:
            raise DomainError("required", _("A new object needs this."), field=name)


def note(
    *,
    what: str,
    done: Upserted,
    before: Model | None,
    row: Model,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Write the act and each changed column's two values; nothing for a repeat."""
    if not done.created and not done.changed:
        return
    differing = {
        name: [None if before is None else str(getattr(before, name)), str(value)]
        for name, value in values.items()
        if before is None or getattr(before, name) != value
    }
    action = f"{what}.created" if done.created else f"{what}.updated"
    audit.record(action=action, actor=actor, now=now, target=row, data={"changed": differing})
