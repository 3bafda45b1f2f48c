"""What a month would have cost under other rules: computed by the engine itself, and nothing of it stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DataError, connection, transaction
from django.utils.translation import gettext_lazy as _

from commissions.batch import simulation
from commissions.kinds import KIND_ORDER
from commissions.models import Rule
from prm.actors import InternalRole
from prm.calendar_days import program_today
from prm.deadline import TooLongError, deadline
from prm.errors import DomainError, NotAllowedError
from prm.months import month_start

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

ADDED_FIELDS = (
    "plan_id", "kind", "product_id", "family_id", "tier_id", "role", "currency", "age_from", "age_until",
    "valid_from", "valid_until", "rate", "amount", "threshold", "minimum_mrr",
)  # fmt: skip

MOST_RATE, MOST_AMOUNT = Decimal(10_000), Decimal(10**12)
"""What the table of rules itself allows."""

TOO_LONG = _(
    "This month takes longer to compute than the %(seconds)s seconds that a page may take; nothing was changed. Put the"
    " rules in force and calculate the month as a draft: a worker computes it, nothing is posted before approval, and"
    " the rules can be undone. Whoever runs the installation can raise SIMULATION_SECONDS."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Other rules: ``values`` by rule is the new rate or amount, ``left_out`` hold no more, ``added`` are new."""

    values: dict[int, Decimal] = field(default_factory=dict)
    left_out: tuple[int, ...] = ()
    added: tuple[Rule, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is proposed."""
        return not (self.values or self.left_out or self.added)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind costs in one currency, or one partner earns in it, before and after."""

    currency: str
    before: Decimal
    after: Decimal
    kind: str = ""
    partner: str = ""
    partner_code: str = ""

    @property
    def difference(self) -> Decimal:
        """How much more it is afterwards."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Simulation:
    """A month before and after: ``kinds`` by currency and kind, ``partners`` that differ, the largest first."""

    period: date
    kinds: tuple[Cost, ...]
    partners: tuple[Cost, ...]

    @property
    def totals(self) -> tuple[Cost, ...]:
        """Return the sum of each currency."""
        return tuple(
            Cost(
                currency,
                sum((cost.before for cost in self.kinds if cost.currency == currency), Decimal(0)),
                sum((cost.after for cost in self.kinds if cost.currency == currency), Decimal(0)),
            )
            for currency in sorted({cost.currency for cost in self.kinds})
        )


def simulate(*, period: date, proposal: Proposal, actor: Actor, now: datetime) -> Simulation:
    """Return what is earned in ``period`` by the facts of today, under the rules in force and under the proposal.

    Entitlements of the month, not the differences that a run posts: true-ups of other months are no part of them.
    Locks nothing and leaves nothing behind; raises :class:`DomainError` for a proposal that cannot be computed, and
    when it would take longer than ``SIMULATION_SECONDS``: a page waits for it.
    """
    if not actor.has_role(InternalRole.ADMIN, InternalRole.FINANCE):
        raise NotAllowedError
    if period > month_start(program_today(now)):
        raise DomainError("bad_month", _("This month has not begun."), field="period")
    _refuse_values(proposal)
    outermost = not connection.in_atomic_block
    try:
        with transaction.atomic():
            if outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with deadline(settings.SIMULATION_SECONDS):
                rows = _computed(period, proposal)
            transaction.set_rollback(True)
    except TooLongError as stopped:
        raise DomainError("simulation_too_long", TOO_LONG % {"seconds": settings.SIMULATION_SECONDS}) from stopped
    except DataError as fault:
        raise DomainError("not_computable", _("With these rules an amount becomes too large to compute.")) from fault
    return _simulation(period, rows)


def _refuse_values(proposal: Proposal) -> None:
    kinds = dict(Rule.objects.filter(pk__in=proposal.values, retired_at__isnull=True).values_list("pk", "kind"))
    if set(kinds) != set(proposal.values):
        raise DomainError("unknown_rule", _("One of these rules has been corrected meanwhile. Load the page again."))
    for rule, value in proposal.values.items():
        most = MOST_AMOUNT if kinds[rule] == "spiff" else MOST_RATE
        if not value.is_finite() or not 0 <= value <= most:
            raise DomainError("bad_rate", _("A rate lies between 0 and 10,000 %."), field=f"rule-{rule}")


def _computed(period: date, proposal: Proposal) -> list[tuple[object, ...]]:
    simulation.prepare()
    simulation.cost_month(period=period, is_after=False)
    added = [{name: getattr(rule, name) for name in ADDED_FIELDS} for rule in proposal.added]
    if not simulation.hide_rules(values=proposal.values, left_out=proposal.left_out, added=added):
        raise DomainError("rule_tie", _("The new rule ties with another one that matches the same."))
    simulation.cost_month(period=period, is_after=True)
    return simulation.read_costs()


def _simulation(period: date, rows: list[tuple[object, ...]]) -> Simulation:
    costs = [
        Cost(
            currency=str(currency),
            before=Decimal(str(before)),
            after=Decimal(str(after)),
            kind=str(kind or ""),
            partner=str(name or ""),
            partner_code=str(code or ""),
        )
        for _id, code, name, kind, currency, before, after in rows
    ]
    return Simulation(
        period=period,
        kinds=tuple(
            sorted((c for c in costs if not c.partner_code), key=lambda cost: (cost.currency, KIND_ORDER[cost.kind]))
        ),
        partners=tuple(cost for cost in costs if cost.partner_code),
    )
