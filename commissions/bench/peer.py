"""The baseline *peer*: one month's commission as a competent engineer would write it first.

Look-ups in dictionaries, one pass over the subscriptions with ``iterator`` and ``prefetch_related``, ``Decimal``, all
kinds, and ``bulk_create``. It computes one month for which nothing was posted before; what it leaves out (corrections
of earlier months, explanations, statements) is in its favour.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from commissions.bench.baselines import OrdinaryEntry
from commissions.models import Plan, PlanAssignment, Rule
from deals.models import Credit, Subscription
from partners.models import ParentAssignment, TierAssignment
from prm.models import Currency
from prm.months import add_months

CHUNK = 2_000
BATCH = 5_000
KINDS = ("recurring", "upfront", "spiff", "expansion", "renewal", "override")
ZERO = Decimal(0)

Assignments = dict[int, list[tuple[date | None, date | None, int]]]


@dataclass
class Setting:
    """What every subscription needs: loaded once."""

    period: date
    plans: dict[int, Plan] = field(default_factory=lambda: {plan.pk: plan for plan in Plan.objects.all()})
    minor_units: dict[str, int] = field(
        default_factory=lambda: dict(Currency.objects.values_list("code", "minor_units"))
    )
    rules: dict[tuple[int, str], list[Rule]] = field(default_factory=dict)
    plan_of: Assignments = field(default_factory=lambda: assignments(PlanAssignment, "plan_id"))
    tier_of: Assignments = field(default_factory=lambda: assignments(TierAssignment, "tier_id"))
    parent_of: Assignments = field(default_factory=lambda: assignments(ParentAssignment, "parent_id"))

    def __post_init__(self) -> None:
        self.end = add_months(self.period, 1)
        self.days = monthrange(self.period.year, self.period.month)[1]
        self.default_plan = next((pk for pk, plan in self.plans.items() if plan.is_default), None)
        for rule in Rule.objects.filter(retired_at=None):
            self.rules.setdefault((rule.plan_id, rule.kind), []).append(rule)

    def plan_on(self, partner: int, day: date) -> Plan | None:
        """Return the partner's plan on a day, the default one where it has none."""
        pk = holding(self.plan_of, partner, day) or self.default_plan
        return self.plans[pk] if pk else None

    def rounded(self, amount: Decimal, currency: str) -> Decimal:
        """Round half away from zero to the currency's minor unit."""
        return amount.quantize(Decimal(1).scaleb(-self.minor_units[currency]), ROUND_HALF_UP)


def assignments(model: type[PlanAssignment | TierAssignment | ParentAssignment], column: str) -> Assignments:
    """Return an effective-dated table as partner → (from, until, value)."""
    rows: Assignments = defaultdict(list)
    for partner, start, end, value in model._default_manager.values_list(  # noqa: SLF001 - a model's public manager
        "partner_id", "valid_from", "valid_until", column
    ):
        rows[partner].append((start, end, value))
    return rows


def contains(start: date | None, end: date | None, day: date) -> bool:
    """Whether a half-open range contains a day."""
    return (start is None or start <= day) and (end is None or day < end)


def holding(rows: Assignments, partner: int, day: date) -> int | None:
    """Return the value that holds on a day."""
    return next((value for start, end, value in rows.get(partner, ()) if contains(start, end, day)), None)


@dataclass
class Writer:
    """Keeps rows until there are enough for ``bulk_create``, and adds them up."""

    period: date
    run_id: int
    totals: dict[tuple[str, str], tuple[Decimal, int]] = field(default_factory=dict)
    waiting: list[OrdinaryEntry] = field(default_factory=list)

    def keep(
        self, key: tuple[int, str], amount: Decimal, rule: Rule, *, currency: str, subscription: int | None
    ) -> None:
        """Take one amount of a partner and kind."""
        partner, kind = key
        before, count = self.totals.get((currency, kind), (ZERO, 0))
        self.totals[currency, kind] = (before + amount, count + 1)
        self.waiting.append(
            OrdinaryEntry(
                run_id=self.run_id, partner_id=partner, subscription_id=subscription, rule_id=rule.pk, kind=kind,
                currency=currency, earned_period=self.period, amount=amount, entitlement=amount, posted_before=ZERO,
                is_true_up=False,
            )
        )  # fmt: skip
        if len(self.waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        OrdinaryEntry._default_manager.bulk_create(self.waiting)  # noqa: SLF001 - a model's public manager
        self.waiting.clear()


def close(period: date, run_id: int) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Compute and write one month; return amount and number of entries by currency and kind."""
    setting = Setting(period)
    writer = Writer(period, run_id)
    new_mrr: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    subscriptions = Subscription.objects.select_related("product").prefetch_related(
        "mrr_changes", "credits", "collections"
    )
    for subscription in subscriptions.order_by("pk").iterator(chunk_size=CHUNK):
        for key, (amount, rule) in _Earned(setting, subscription, new_mrr).amounts().items():
            if amount:
                writer.keep(key, amount, rule, currency=subscription.currency, subscription=subscription.pk)
    for (partner, currency), mrr in new_mrr.items():
        bonus, bracket = _accelerator(setting, partner, currency, mrr)
        if bracket is not None and bonus:
            writer.keep((partner, "accelerator"), bonus, bracket, currency=currency, subscription=None)
    writer.flush()
    return writer.totals


class _Earned:
    """What one subscription earns its partners in the month."""

    def __init__(self, setting: Setting, subscription: Subscription, new_mrr: dict[tuple[int, str], Decimal]) -> None:
        self.setting, self.subscription, self.new_mrr = setting, subscription, new_mrr
        self.started = subscription.started_on
        self.levels = self._levels()
        self.credits = [credit for credit in subscription.credits.all() if credit.share]
        self.age = 12 * (setting.period.year - self.started.year) + setting.period.month - self.started.month + 1
        self.reference_day = max(setting.period, self.started)
        ends = [change.effective_on for change in subscription.mrr_changes.all() if not change.mrr]
        self.days_alive = min(((end - self.started).days for end in ends if end > self.started), default=None)

    def amounts(self) -> dict[tuple[int, str], tuple[Decimal, Rule]]:
        """Return the amount and a rule by partner and kind, clawed back, by payments, rounded and capped."""
        products: dict[tuple[int, str, int], Decimal] = defaultdict(Decimal)
        chosen: dict[tuple[int, str], Rule] = {}
        for partner, kind, role, weight, days in self._weights():
            rule = self._rule(partner, kind, role)
            if rule is not None and not (rule.minimum_mrr and self._mrr_on(self.started) < rule.minimum_mrr):
                rate = rule.amount if rule.rate is None else rule.rate
                products[partner, kind, days] += (rate or ZERO) * weight
                chosen[partner, kind] = rule
        currency = self.subscription.currency
        rounded = {
            (partner, kind): self.setting.rounded(
                product * self._times(partner, kind) / (days * 100 * 100 * self._divided(partner, kind)), currency
            )
            for (partner, kind, days), product in products.items()
        }
        return {key: (amount, chosen[key]) for key, amount in self._capped(rounded).items()}

    def _levels(self) -> list[tuple[date, date, Decimal]]:
        changes = sorted(self.subscription.mrr_changes.all(), key=lambda change: change.effective_on)
        levels = []
        for change, following in zip(changes, [*changes[1:], None], strict=True):
            start = max(change.effective_on, self.started)
            stop = following.effective_on if following else date.max
            if start < stop:
                levels.append((start, stop, change.mrr))
        return levels

    def _mrr_on(self, day: date) -> Decimal:
        return next((mrr for start, stop, mrr in self.levels if start <= day < stop), ZERO)

    def _weights(self) -> Iterator[tuple[int, str, str, Decimal, int]]:
        """Yield (partner, kind, role, Σ mrr · share · days, days of the month) of every kind."""
        setting = self.setting
        for credit in self.credits:
            recurring = ZERO
            for start, stop, mrr in self._credited(credit):
                recurring += mrr * credit.share * (stop - start).days
                if credit.role == "sourced":
                    yield from self._overrides(credit, start, stop, mrr)
            if recurring:
                yield credit.partner_id, "recurring", credit.role, recurring, setting.days
            yield from self._once(credit)
            steps = self._steps(credit)
            if steps > 0:
                yield credit.partner_id, "expansion", credit.role, steps, 1

    def _credited(self, credit: Credit) -> Iterator[tuple[date, date, Decimal]]:
        for start, stop, mrr in self.levels:
            begin = max(start, credit.valid_from or start, self.setting.period)
            end = min(stop, credit.valid_until or stop, self.setting.end)
            if mrr and begin < end:
                yield begin, end, mrr

    def _overrides(
        self, credit: Credit, start: date, stop: date, mrr: Decimal
    ) -> Iterator[tuple[int, str, str, Decimal, int]]:
        for begin, end, parent in self.setting.parent_of.get(credit.partner_id, ()):
            days = (min(stop, end or stop) - max(start, begin or start)).days
            if days > 0:
                yield parent, "override", "sourced", mrr * credit.share * days, self.setting.days

    def _once(self, credit: Credit) -> Iterator[tuple[int, str, str, Decimal, int]]:
        """Yield the kinds of one day: upfront, SPIFF and new MRR on the first, renewal on its anniversary."""
        mrr = self._mrr_on(self.started)
        if self.setting.period <= self.started < self.setting.end and mrr and _holds(credit, self.started):
            yield credit.partner_id, "upfront", credit.role, mrr * credit.share, 1
            yield credit.partner_id, "spiff", credit.role, 100 * credit.share, 1
            if credit.role == "sourced":
                self.new_mrr[credit.partner_id, self.subscription.currency] += mrr * credit.share / 100
        anniversary = self._anniversary()
        if anniversary and (mrr := self._mrr_on(anniversary)) and _holds(credit, anniversary):
            yield credit.partner_id, "renewal", credit.role, mrr * credit.share, 1

    def _anniversary(self) -> date | None:
        period = self.setting.period
        if period.month != self.started.month or period.year <= self.started.year:
            return None
        return period.replace(day=min(self.started.day, self.setting.days))

    def _steps(self, credit: Credit) -> Decimal:
        total = ZERO
        for before, after in zip(self.levels, self.levels[1:], strict=False):
            day = after[0]
            if self.setting.period <= day < self.setting.end and before[2] and after[2] and _holds(credit, day):
                total += (after[2] - before[2]) * credit.share
        return total

    def _rule(self, partner: int, kind: str, role: str) -> Rule | None:
        plan = self.setting.plan_on(partner, self.reference_day)
        if plan is None:
            return None
        tier = holding(self.setting.tier_of, partner, self.reference_day)
        product = self.subscription.product
        fitting = [
            rule
            for rule in self.setting.rules.get((plan.pk, kind), ())
            if contains(rule.valid_from, rule.valid_until, self.reference_day)
            and rule.age_from <= self.age
            and (rule.age_until is None or self.age < rule.age_until)
            and rule.product_id in {None, product.pk}
            and rule.family_id in {None, product.family_id}
            and rule.tier_id in {None, tier}
            and rule.role in {"", role}
            and rule.currency in {"", self.subscription.currency}
        ]
        return max(fitting, key=_specificity, default=None)

    def _times(self, partner: int, kind: str) -> Decimal:
        """Return the numerator of clawback and basis."""
        plan = self.setting.plan_on(partner, self.reference_day)
        times = Decimal(1)
        if plan is not None and self._taken_back(plan, kind):
            times *= 0 if plan.clawback == "full" else Decimal(self.days_alive or 0)
        if plan is not None and plan.basis == "collected" and kind != "spiff":
            billed, paid = self._collection()
            times *= max(ZERO, min(paid, billed)) if billed > 0 else ZERO
        return times

    def _divided(self, partner: int, kind: str) -> Decimal:
        """Return the denominator of clawback and basis."""
        plan = self.setting.plan_on(partner, self.reference_day)
        divided = Decimal(1)
        if plan is not None and self._taken_back(plan, kind) and plan.clawback == "prorated":
            divided *= plan.clawback_days
        if plan is not None and plan.basis == "collected" and kind != "spiff":
            billed, _ = self._collection()
            divided *= billed if billed > 0 else 1
        return divided

    def _taken_back(self, plan: Plan, kind: str) -> bool:
        early = self.days_alive is not None and self.days_alive < plan.clawback_days
        return early and kind in {"upfront", "spiff"} and plan.clawback != "none"

    def _collection(self) -> tuple[Decimal, Decimal]:
        found = (row for row in self.subscription.collections.all() if row.month == self.setting.period)
        return next(((row.billed, row.paid) for row in found), (ZERO, ZERO))

    def _capped(self, amounts: dict[tuple[int, str], Decimal]) -> dict[tuple[int, str], Decimal]:
        used: dict[int, Decimal] = defaultdict(Decimal)
        capped = {}
        for partner, kind in sorted(amounts, key=lambda key: KINDS.index(key[1])):
            amount = amounts[partner, kind]
            plan = self.setting.plan_on(partner, self.reference_day)
            if kind != "override":
                if plan is not None and plan.cap_per_subscription is not None and self._in_cap_currency(plan):
                    cap = self.setting.rounded(plan.cap_per_subscription, self.subscription.currency)
                    amount = min(amount, max(ZERO, cap - used[partner]))
                used[partner] += amount
            capped[partner, kind] = amount
        return capped

    def _in_cap_currency(self, plan: Plan) -> bool:
        return plan.cap_currency in {"", self.subscription.currency}


def _holds(credit: Credit, day: date) -> bool:
    return contains(credit.valid_from, credit.valid_until, day)


def _specificity(rule: Rule) -> tuple[bool, ...]:
    return (bool(rule.product_id), bool(rule.family_id), bool(rule.tier_id), bool(rule.role), bool(rule.currency))


def _accelerator(setting: Setting, partner: int, currency: str, mrr: Decimal) -> tuple[Decimal, Rule | None]:
    """Return the bonus in marginal brackets, and its first rule."""
    plan = setting.plan_on(partner, setting.period)
    tier = holding(setting.tier_of, partner, setting.period)
    fitting = [
        rule
        for rule in (setting.rules.get((plan.pk, "accelerator"), ()) if plan else ())
        if rule.currency == currency
        and contains(rule.valid_from, rule.valid_until, setting.period)
        and rule.tier_id in {None, tier}
    ]
    brackets = sorted([r for r in fitting if r.tier_id] or fitting, key=lambda rule: rule.threshold or ZERO)
    bonus = ZERO
    for rule, following in zip(brackets, [*brackets[1:], None], strict=False):
        reached = mrr if following is None else min(mrr, following.threshold or ZERO)
        bonus += max(ZERO, reached - (rule.threshold or ZERO)) * (rule.rate or ZERO) / 100
    return setting.rounded(bonus, currency), brackets[0] if brackets else None
