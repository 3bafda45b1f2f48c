"""Histories of subscriptions drawn at random: the same seed, the same history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from deals.models import Account, Credit, MrrChange, Origin, RegistrationStatus, Subscription
from partners.models import Partner, Tier
from prm.models import FxRate
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.partners import assign_tier, make_partner, make_tier

FIRST, LAST = date(2024, 2, 25), date(2026, 4, 10)
SPLITS: tuple[tuple[Decimal | int, ...], ...] = ((100,), (60, 40), (Decimal("33.3333"), Decimal("66.6667")), (50,), ())


class History:
    """A few partners and customers, and whatever happens to them."""

    def __init__(self, seed: int, *, customers: int = 12) -> None:
        self.random = Random(seed)  # noqa: S311 - no secret
        tiers: list[Tier] = [make_tier(code, rank=rank) for rank, code in enumerate(("silver", "gold"), start=1)]
        self.partners: list[Partner] = [
            make_partner(f"p{number}", manager_email=f"m{number % 2}@v.example") for number in range(5)
        ]
        for partner in self.partners[:4]:
            assign_tier(partner, self.random.choice(tiers), valid_from=self.day())
        self.products = [make_product(f"pr-{code}", family=make_family(code)) for code in ("security", "backup")]
        self.accounts: list[Account] = [
            make_account(f"C{n}", country=self.random.choice(("FI", "PL", "")), segment=self.random.choice(("smb", "")))
            for n in range(customers)
        ]
        for month in (date(2024, 1, 1), date(2025, 6, 1), date(2026, 2, 1)):
            FxRate.objects.create(currency="USD", month=month, per_eur=Decimal(self.random.randint(900, 1300)) / 1000)
        self.subscriptions: list[Subscription] = []
        for _number in range(customers * 2):
            self.sell()

    def day(self) -> date:
        """Return any day."""
        return FIRST + timedelta(days=self.random.randint(0, (LAST - FIRST).days))

    def amount(self) -> Decimal:
        """Return any level; one in five is 0."""
        return Decimal(self.random.choice((0, *(self.random.randint(1, 90_000) for _n in range(4))))) / 100

    def sell(self) -> None:
        """Write a subscription with its levels and credits, some of a registration."""
        account, started_on = self.random.choice(self.accounts), self.day()
        registration = None
        if self.random.random() < 0.5:
            registration = make_registration(
                self.random.choice(self.partners),
                account=account,
                status=RegistrationStatus.WON,
                origin=self.random.choice((Origin.CO_SELL, Origin.PARTNER)),
            )
        row = Subscription.objects.create(
            external_id=f"s{len(self.subscriptions)}",
            account=account,
            product=self.random.choice(self.products),
            currency=self.random.choice(("EUR", "EUR", "USD", "PLN")),
            started_on=started_on,
            registration=registration,
        )
        self.subscriptions.append(row)
        days = {started_on - timedelta(days=self.random.choice((0, 0, 9))), *(self.day() for _n in range(3))}
        for day in days:
            MrrChange.objects.create(subscription=row, effective_on=day, mrr=self.amount())
        self.credit(row)

    def credit(self, row: Subscription) -> None:
        """Credit it anew, whoever was before."""
        Credit.objects.filter(subscription=row).delete()
        cut = self.random.choice((None, self.day()))
        for since, until in ((None, cut), (cut, None)) if cut else ((row.started_on, None),):
            chosen = self.random.sample(self.partners, 3)
            for partner, share in zip(chosen, self.random.choice(SPLITS), strict=False):
                self._credit(row, partner, "sourced", share, (since, until))
            if self.random.random() < 0.6:
                self._credit(row, chosen[2], "influenced", self.random.choice((30, 100)), (since, until))
            if self.random.random() < 0.3:
                self._credit(row, chosen[1], "influenced", 100, (since, until))

    @staticmethod
    def _credit(
        row: Subscription, partner: Partner, role: str, share: Decimal | int, days: tuple[date | None, date | None]
    ) -> None:
        Credit.objects.create(
            subscription=row, partner=partner, role=role, share=share, valid_from=days[0], valid_until=days[1]
        )

    def change(self) -> None:
        """Let one thing happen, often on a day long past."""
        row = self.random.choice(self.subscriptions)
        what = self.random.randint(0, 8)
        if what <= 2:
            MrrChange.objects.update_or_create(
                subscription=row, effective_on=self.day(), defaults={"mrr": self.amount()}
            )
        elif what == 3:
            self.credit(row)
        elif what == 4:
            self.sell()
        elif what == 5:
            MrrChange.objects.filter(pk=self.random.choice(list(row.mrr_changes.values_list("pk", flat=True)))).delete()
        elif what == 6:
            Account.objects.filter(pk=row.account_id).update(country=self.random.choice(("FI", "PL", "DE")))
        elif what == 7:
            FxRate.objects.update_or_create(
                currency=self.random.choice(("USD", "PLN")),
                month=self.day().replace(day=1),
                defaults={"per_eur": Decimal(self.random.randint(900, 4500)) / 1000},
            )
        else:
            moved_to = self.random.choice(self.accounts)
            Subscription.objects.filter(pk=row.pk).update(started_on=self.day(), account=moved_to)
