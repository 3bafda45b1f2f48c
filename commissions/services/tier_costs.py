"""What the last month would have cost if partners had held other tiers: the engine itself, and nothing of it stays."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from commissions.batch import simulation
from prm.actors import InternalRole
from prm.calendar_days import program_today
from prm.deadline import TooLongError, deadline
from prm.errors import DomainError, NotAllowedError
from prm.estimates import TierCost
from prm.months import add_months, month_start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from prm.actors import Actor

TOO_LONG = _(
    "The cost takes longer to compute than the %(seconds)s seconds that a page may take. Whoever runs the installation"
    " can raise SIMULATION_SECONDS."
)


def cost_of_tiers(actor: Actor, tiers: Mapping[int, str], now: datetime) -> tuple[date, tuple[TierCost, ...]]:
    """Return the last whole month and its commission by currency, as it is and with the given tiers held throughout.

    ``tiers`` are codes by the partner's key. Locks nothing and leaves nothing behind; raises ``NotAllowedError`` for
    anybody but administrators and finance, ``DomainError`` where it takes longer than ``SIMULATION_SECONDS``.
    """
    if not actor.has_role(InternalRole.ADMIN, InternalRole.FINANCE):
        raise NotAllowedError
    period = add_months(month_start(program_today(now)), -1)
    outermost = not connection.in_atomic_block
    try:
        with transaction.atomic():
            if outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with deadline(settings.SIMULATION_SECONDS):
                simulation.prepare()
                simulation.cost_month(period=period, is_after=False)
                simulation.hide_tiers(tiers)
                simulation.cost_month(period=period, is_after=True)
                rows = simulation.read_costs()
            transaction.set_rollback(True)
    except TooLongError as stopped:
        raise DomainError("simulation_too_long", TOO_LONG % {"seconds": settings.SIMULATION_SECONDS}) from stopped
    return period, _totals(rows)


def _totals(rows: list[tuple[object, ...]]) -> tuple[TierCost, ...]:
    """Return the sum of each currency over the rows by kind; those of a partner say the same again."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for partner, _code, _name, _kind, currency, before, after in rows:
        if partner is None:
            was, becomes = sums.get(str(currency), (Decimal(0), Decimal(0)))
            sums[str(currency)] = (was + Decimal(str(before)), becomes + Decimal(str(after)))
    return tuple(TierCost(currency, *sums[currency]) for currency in sorted(sums))
