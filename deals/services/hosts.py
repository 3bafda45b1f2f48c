"""Operations extend and correct the lists of hosts that identify nobody; in effect with the next question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.identity import host_of
from deals.models import KeptHost
from deals.services.decisions import DECIDERS
from prm import audit
from prm.errors import DomainError, NotAllowedError, as_domain_error

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def keep_host(*, host: str, kind: str, reason: str, actor: Actor, now: datetime) -> KeptHost:
    """Write down what a host says about who is behind it; one that is there already gets the new kind.

    ``host`` may be typed as a website or an e-mail address. Raises ``DomainError`` where it is none.
    """
    _require_decider(actor)
    domain = host_of(host)
    if not domain:
        raise DomainError("invalid", _("Type a host, such as market.example.com."), field="domain")
    with transaction.atomic():
        before = KeptHost.objects.select_for_update().filter(pk=domain).first()
        row = KeptHost(
            domain=domain, kind=kind, reason=reason.strip(), added_at=now, added_by=actor.label or actor.kind.value
        )
        try:
            with transaction.atomic():
                row.save(force_insert=before is None, force_update=before is not None)
        except IntegrityError as error:
            raise as_domain_error(error) from error
        data = {"host": domain, "kind": [before.kind if before else None, kind]}
        audit.record(action="host.kept", actor=actor, now=now, reason=reason.strip(), data=data)
    return row


def forget_host(*, host: str, actor: Actor, now: datetime, reason: str = "") -> None:
    """Take an entry back: the product's own lists decide about the host again."""
    _require_decider(actor)
    with transaction.atomic():
        row = KeptHost.objects.select_for_update().filter(pk=host).first()
        if row is None:
            raise DomainError("unknown_host", _("That host is not on the list."))
        data = {"host": row.domain, "kind": [row.kind, None]}
        row.delete()
        audit.record(action="host.forgotten", actor=actor, now=now, reason=reason.strip(), data=data)


def _require_decider(actor: Actor) -> None:
    if not actor.has_role(*DECIDERS):
        raise NotAllowedError(_("Channel managers keep the lists of hosts."))
