"""MRR figures once more, in plain Python from the raw rows: what the rollups' SQL is compared with.

Fractions throughout. Written from the definitions (partner rules, section 4), not from the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from deals.models import Credit, MrrChange, Subscription
from prm.models import FxRate
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Iterable

ZERO = Fraction(0)


@dataclass
class Sub:
    """A subscription with its levels and credits."""

    account: int
    currency: str
    started_on: date
    family: str
    country: str
    origin: str
    holder: int | None
    changes: list[tuple[date, Fraction]] = field(default_factory=list)
    credits: list[tuple[int, str, Fraction, date | None, date | None]] = field(default_factory=list)

    def mrr(self, day: date) -> Fraction:
        """Return the level on a day; none before the start."""
        if day < self.started_on:
            return ZERO
        known = [level for since, level in sorted(self.changes) if since <= day]
        return known[-1] if known else ZERO

    def shares(self, role: str, day: date) -> dict[int, Fraction]:
        """Return the shares of a role on a day, by partner."""
        return {
            partner: share
            for partner, its_role, share, since, until in self.credits
            if its_role == role and share and (since is None or since <= day) and (until is None or day < until)
        }

    def share(self, partners: Iterable[int], day: date, role: str = "sourced") -> Fraction:
        """Return what these partners have of it together."""
        held = self.shares(role, day)
        return sum((held.get(partner, ZERO) for partner in partners), ZERO)


def load() -> list[Sub]:
    """Read every subscription with what is about it."""
    subs = {
        row.pk: Sub(
            row.account_id,
            row.currency,
            row.started_on,
            row.product.family.code,
            row.account.country,
            row.registration.origin if row.registration else "",
            row.registration.holder_id if row.registration else None,
        )
        for row in Subscription.objects.select_related("product__family", "account", "registration")
    }
    for change in MrrChange.objects.all():
        subs[change.subscription_id].changes.append((change.effective_on, Fraction(change.mrr)))
    for credit in Credit.objects.all():
        if credit.valid_from is None or credit.valid_from != credit.valid_until:
            subs[credit.subscription_id].credits.append(
                (credit.partner_id, credit.role, Fraction(credit.share) / 100, credit.valid_from, credit.valid_until)
            )
    return list(subs.values())


class Plain:
    """The figures of some partners (or, without any, of the program) on a day, in euro."""

    def __init__(self, subs: list[Sub], day: date, *, everybody: list[int], only: list[int] | None = None) -> None:
        self.subs, self.day, self.only = subs, day, only
        self.partners = everybody if only is None else only
        self.month_ago, self.year_ago = months_before(day, 1), months_before(day, 12)
        self.eve = day.replace(day=1) - timedelta(days=1)
        known = FxRate.objects.filter(month__lte=day).order_by("month")
        self.rates = {rate.currency: 1 / Fraction(rate.per_eur) for rate in known} | {"EUR": Fraction(1)}

    def money(self, sub: Sub, amount: Fraction) -> Fraction:
        """Return an amount of a subscription in euro; without a rate nothing."""
        return amount * self.rates.get(sub.currency, ZERO)

    def sourced(self, day: date) -> Fraction:
        """Return sourced MRR of a day."""
        return sum((self.money(s, s.mrr(day) * s.share(self.partners, day)) for s in self.subs), ZERO)

    def total(self) -> Fraction:
        """Return all MRR."""
        return sum((self.money(s, s.mrr(self.day)) for s in self.subs), ZERO)

    def influenced(self) -> Fraction:
        """Return influenced MRR: one partner's weighted, several partners' whole and not sourced."""
        if self.only is not None and len(self.only) == 1:
            return sum(
                (self.money(s, s.mrr(self.day) * s.share(self.only, self.day, "influenced")) for s in self.subs), ZERO
            )
        return sum(
            (
                self.money(s, s.mrr(self.day))
                for s in self.subs
                if s.share(self.partners, self.day, "influenced") and not s.shares("sourced", self.day)
            ),
            ZERO,
        )

    def co_sell(self, day: date) -> Fraction:
        """Return MRR of co-sell subscriptions."""
        return sum(
            (self.money(s, s.mrr(day)) for s in self.subs if s.origin == "co_sell" and s.holder in self.partners), ZERO
        )

    def begun(self) -> Fraction:
        """Return MRR that began in 12 months."""
        return sum(
            (
                self.money(s, s.mrr(s.started_on) * s.share(self.partners, s.started_on))
                for s in self.subs
                if self.year_ago < s.started_on <= self.day
            ),
            ZERO,
        )

    def begun_customers(self) -> int:
        """Return the customers whose first subscription of all began in 12 months with a sourced share."""
        found = set()
        for account in {s.account for s in self.subs}:
            subs = [s for s in self.subs if s.account == account and s.mrr(s.started_on)]
            began = min((s.started_on for s in subs if s.started_on <= self.day), default=None)
            if began is not None and began > self.year_ago:
                found |= {account for s in subs if s.started_on == began and s.share(self.partners, began)}
        return len(found)

    def live(self) -> int:
        """Return the number of customers with sourced MRR."""
        return len({s.account for s in self.subs if s.mrr(self.day) and s.share(self.partners, self.day)})

    def movements(self) -> dict[str, Fraction]:
        """Return the month's movements."""
        found = dict.fromkeys(("opening", "churned", "contracted", "expanded"), ZERO)
        for s in self.subs:
            weight, was, now = s.share(self.partners, self.eve), s.mrr(self.eve), s.mrr(self.day)
            found["opening"] += self.money(s, weight * was)
            if was and not now:
                found["churned"] += self.money(s, weight * was)
            elif was and now < was:
                found["contracted"] += self.money(s, weight * (was - now))
            elif was and now > was:
                found["expanded"] += self.money(s, weight * (now - was))
        return found

    def moved_customers(self) -> dict[str, int]:
        """Return the customers of the eve, and how many of them moved which way."""
        customers: dict[int, list[Fraction]] = {}
        for s in self.subs:
            weight = s.share(self.partners, self.eve)
            both = customers.setdefault(s.account, [ZERO, ZERO])
            both[0] += self.money(s, weight * s.mrr(self.eve))
            both[1] += self.money(s, weight * s.mrr(self.day))
        pairs = [(was, now) for was, now in customers.values() if was]
        return {
            "opening": len(pairs),
            "churned": sum(not now for _was, now in pairs),
            "contracted": sum(ZERO < now < was for was, now in pairs),
            "expanded": sum(now > was for was, now in pairs),
        }

    def retention(self) -> tuple[Fraction, Fraction, Fraction, int]:
        """Return NRR's denominator and numerator, GRR's numerator, and the number of customers."""
        opening = closing = kept = ZERO
        number = 0
        for account in {s.account for s in self.subs}:
            subs = [s for s in self.subs if s.account == account]
            whole = sum((self.money(s, s.mrr(self.year_ago)) for s in subs), ZERO)
            then = sum(
                (self.money(s, s.mrr(self.year_ago) * s.share(self.partners, self.year_ago)) for s in subs), ZERO
            )
            now = ZERO
            for s in subs if then else []:  # of the customers that were there then, and of no others
                if s.started_on <= self.year_ago:
                    now += self.money(s, s.mrr(self.day) * s.share(self.partners, self.year_ago))
                elif whole:
                    now += self.money(s, s.mrr(self.day)) * then / whole
            opening, closing = opening + then, closing + now
            kept += min(then, now)
            number += then > 0
        return opening, closing, kept, number

    def terms(self) -> tuple[int, int, Fraction, Fraction]:
        """Return the terms that ended, those renewed, their opening MRR and what it rose by."""
        ended = renewed = 0
        opening = rose = ZERO
        for s in self.subs:
            for years in range(1, 60):
                begins, ends = months_before(s.started_on, -12 * (years - 1)), months_before(s.started_on, -12 * years)
                if not self.year_ago < ends <= self.day:
                    continue
                weight, was, now = s.share(self.partners, begins), s.mrr(begins), s.mrr(ends)
                if not weight or not was:
                    continue
                ended += 1
                renewed += now > 0
                opening += self.money(s, weight * was)
                rose += self.money(s, weight * max(ZERO, now - was))
        return ended, renewed, opening, rose

    def by(self, name: str) -> dict[str, Fraction]:
        """Return MRR by an attribute of the subscription: of the program all, of partners what they source."""
        found: dict[str, Fraction] = {}
        for s in self.subs:
            weight = Fraction(1) if self.only is None else s.share(self.only, self.day)
            if amount := self.money(s, s.mrr(self.day) * weight):
                found[getattr(s, name)] = found.get(getattr(s, name), ZERO) + amount
        return found
