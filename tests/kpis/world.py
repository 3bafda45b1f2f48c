"""Thirteen partners, small enough to count every figure by hand; ``make_world()`` makes them, ``AS_OF`` is the day.

Other tests of figures may add to it (MRR, answers of surveys): nothing here has subscriptions or surveys.

    partner  activated    status on 2026-06-30        first win      what follows for the time to the first deal
    p01      2025-07-01   active                      2025-09-29     event on day 90
    p02      2025-07-01   active                      2025-07-01     event on day 0
    p03      2025-10-01   active                      2025-12-30     event on day 90
    p04      2026-01-01   active                      -              censored on day 180
    p05      2025-06-30   active                      (2026-07-01)   censored on day 365
    p06      2026-01-01   terminated 2026-04-01       -              censored on day 90
    p07      2025-09-01   terminated 2026-03-01       2026-03-01     event on day 181, its last
    p08      2025-09-01   terminated 2026-01-01,      2026-02-01     censored on day 122
                          active again 2026-01-15
    p09      2026-01-10   active                      2025-12-01     left out
    p10      2026-06-30   active                      -              censored on day 0
    p11      2025-03-01   suspended 2026-06-01        2026-06-30     event on day 486
    p12      never        onboarding                  -              not followed
    p13      2026-07-15   onboarding                  -              not followed
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from psycopg.types.range import TimestamptzRange

from deals.models import Lead, LeadOffer, Registration
from partners.models import Activity, Partner, PartnerStatus, StatusPeriod, Tier
from prm.calendar import BusinessHours
from prm.models import FxRate
from tests.factories.deals import make_account, make_family, make_registration
from tests.factories.leads import make_lead
from tests.factories.partners import assign_tier, make_partner, make_tier

AS_OF = date(2026, 6, 30)
ANNA, PIOTR = "anna@vendor.example", "piotr@vendor.example"
ACTIVE, ENDED, SUSPENDED, ONBOARDING = (
    PartnerStatus.ACTIVE, PartnerStatus.TERMINATED, PartnerStatus.SUSPENDED, PartnerStatus.ONBOARDING,
)  # fmt: skip

HISTORY: dict[int, tuple[str, list[tuple[str, str]]]] = {
    1: ("2025-07-01", [(ACTIVE, "2025-07-01")]),
    2: ("2025-07-01", [(ACTIVE, "2025-07-01")]),
    3: ("2025-10-01", [(ACTIVE, "2025-10-01")]),
    4: ("2026-01-01", [(ACTIVE, "2026-01-01")]),
    5: ("2025-06-30", [(ACTIVE, "2025-06-30")]),
    6: ("2026-01-01", [(ACTIVE, "2026-01-01"), (ENDED, "2026-04-01")]),
    7: ("2025-09-01", [(ACTIVE, "2025-09-01"), (ENDED, "2026-03-01")]),
    8: ("2025-09-01", [(ACTIVE, "2025-09-01"), (ENDED, "2026-01-01"), (ACTIVE, "2026-01-15")]),
    9: ("2026-01-10", [(ACTIVE, "2026-01-10")]),
    10: ("2026-06-30", [(ACTIVE, "2026-06-30")]),
    11: ("2025-03-01", [(ACTIVE, "2025-03-01"), (SUSPENDED, "2026-06-01")]),
    12: ("", [(ONBOARDING, "2026-01-01")]),
    13: ("2026-07-15", [(ONBOARDING, "2026-06-01"), (ACTIVE, "2026-07-15")]),
}

ACTIVITIES = [
    (1, "deal_won", "2026-06-30 23:30"),  # counts: the as-of date is in
    (2, "registration_approved", "2026-04-02 00:00"),  # counts: the first of the 90 days
    (3, "stage_moved_forward", "2026-04-01 23:59"),  # too early: 90 days before is out
    (3, "deal_won", "2025-07-01 00:00"),  # a win in 12 months, no activity in 90 days
    (4, "signed_in", "2026-06-15 10:00"),  # recorded, does not count
    (5, "lead_accepted", "2026-07-01 00:00"),  # too late
    (5, "deal_won", "2025-06-30 23:59"),  # 12 months before is out
    (6, "registration_approved", "2026-05-01 10:00"),  # not active any more
    (8, "certification_passed", "2026-05-01 10:00"),  # counts
    (9, "registration_submitted", "2026-06-01 10:00"),  # does not count
    (9, "deal_won", "2025-12-01 10:00"),  # a win in 12 months
    (10, "review_held", "2026-06-30 09:00"),  # counts
    (11, "deal_won", "2026-06-20 10:00"),  # suspended
]

# partner, state, submitted at noon of, business hours until the decision, closed on, expected MRR
REGISTRATIONS: list[tuple[int, str, str, int | None, str, str]] = [
    (1, "won", "2025-09-09", 2, "2025-09-29", "500"),  # 20 days from submission to win
    (2, "won", "2025-06-21", 2, "2025-07-01", "500"),  # 10 days; approved before the 12 months
    (3, "won", "2025-11-30", 4, "2025-12-30", "500"),  # 30
    (7, "won", "2026-01-20", 6, "2026-03-01", "500"),  # 40
    (8, "won", "2025-12-13", 8, "2026-02-01", "500"),  # 50
    (9, "won", "2025-10-02", 10, "2025-12-01", "500"),  # 60
    (11, "won", "", None, "2026-06-30", "500"),  # approved on 2026-05-04, nobody knows when submitted
    (1, "lost", "2026-04-01", 12, "2026-05-01", "500"),
    (4, "lost", "2025-05-01", 2, "2025-06-30", "500"),  # 12 months before is out
    (2, "expired", "2025-11-03", 14, "2026-01-31", "500"),
    (3, "withdrawn", "2026-02-02", 16, "2026-02-28", "500"),  # after approval: decided
    (3, "withdrawn", "2026-02-25", None, "2026-03-01", "500"),  # before it: not
    (4, "revoked", "2026-03-02", 17, "2026-04-01", "500"),  # approved once, decided never
    (1, "approved", "2026-06-01", 20, "", "100"),
    (2, "approved", "2026-06-01", 24, "", "220 USD"),  # 200 EUR at the closing rate of June
    (4, "approved", "2026-06-01", 1, "", ""),
    (5, "won", "2026-06-15", 3, "2026-07-01", "300"),  # open on the as-of date
    (10, "rejected", "2026-06-29", 5, "", "500"),
    (4, "rejected", "2026-05-11", 40, "", "500"),
    (1, "approved", "2026-07-02", 1, "", "900"),  # after the as-of date
]


@dataclass(frozen=True, slots=True)
class World:
    """The partners by number, and the two tiers."""

    partners: dict[int, Partner]
    gold: Tier
    silver: Tier

    def code(self, number: int) -> str:
        """Return the code of a partner."""
        return self.partners[number].code


def make_world() -> World:
    """Make partners, their log, registrations, leads and rates."""
    partners = {number: _partner(number, *facts) for number, facts in HISTORY.items()}
    silver, gold = make_tier("silver", rank=1), make_tier("gold", rank=2)
    # p01 became gold by its wins, p03 was gold from the beginning.
    assign_tier(partners[1], silver, valid_from=date(2025, 7, 1), valid_until=date(2026, 1, 1))
    assign_tier(partners[1], gold, valid_from=date(2026, 1, 1))
    assign_tier(partners[3], gold, valid_from=date(2025, 1, 1))
    for number, kind, at in ACTIVITIES:
        Activity.objects.create(partner=partners[number], kind=kind, occurred_at=moment(at), object=f"{kind} {at}")
    for facts in REGISTRATIONS:
        _registration(partners[facts[0]], *facts[1:])
    _leads(partners)
    for month, rate in ((5, "1.05"), (6, "1.10"), (7, "1.20")):
        FxRate.objects.create(currency="USD", month=date(2026, month, 1), per_eur=Decimal(rate))
    return World(partners, gold, silver)


def told(*values: object) -> tuple[object, ...]:
    """Return what a test compares at once, of whatever types."""
    return values


def moment(text: str) -> datetime:
    """Return an instant in UTC, the program's time zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _partner(number: int, activated_on: str, history: list[tuple[str, str]]) -> Partner:
    partner = make_partner(
        f"p{number:02}",
        name=f"Partner {number:02}",
        status=history[-1][0],
        activated_on=_day(activated_on),
        manager_email=ANNA if number <= 6 else PIOTR,
        country="FI" if number % 2 else "PL",
        type="reseller" if number <= 9 else "msp",
    )
    partner.status_periods.all().delete()
    ends = [*(_day(start) for _status, start in history[1:]), None]
    StatusPeriod.objects.bulk_create(
        StatusPeriod(partner=partner, status=status, valid_from=_day(start), valid_until=end)
        for (status, start), end in zip(history, ends, strict=True)
    )
    return partner


def _registration(
    partner: Partner, status: str, submitted: str, hours: int | None, closed: str, expected: str
) -> Registration:
    amount, _space, currency = expected.partition(" ")
    fields: dict[str, Any] = {"expected_mrr": Decimal(amount) if amount else None, "currency": currency or "EUR"}
    began = datetime.combine(date.fromisoformat(submitted), time(12), UTC) if submitted else None
    decided = moment("2026-05-04 10:00") if began is None else None
    if began is not None and hours is not None:
        decided = BusinessHours().add(began, timedelta(hours=hours))
    if status == "approved" and decided is not None:
        fields["protected"] = TimestamptzRange(decided, decided + timedelta(days=90))
    made = make_registration(
        partner, status=status, submitted_at=began, decided_at=decided, closed_on=_day(closed), **fields
    )
    if began is None:
        Registration.objects.filter(pk=made.pk).update(submitted_at=None)
    return made


def _leads(partners: dict[int, Partner]) -> None:
    """Make nine leads: offered here (p01 accepted, p02 waits, p03 let it lapse), the others told by a file."""
    at = moment("2026-06-10 10:00")
    make_lead(partners[1], status="accepted", now=at)
    make_lead(partners[2], status="offered", now=at)
    lapsed = make_lead(status="returned", now=at)
    LeadOffer.objects.create(
        lead=lapsed, account=lapsed.account, family=lapsed.family, partner=partners[3], offered_at=at,
        due_at=at + timedelta(hours=8), answer="lapsed", answered_at=at + timedelta(hours=8),
        released_at=at + timedelta(hours=8),
    )  # fmt: skip
    # Monday 9:00; eight business hours are given, until 17:00.
    _told(partners[5], "converted", "2026-06-01 09:00", "2026-06-01 12:00")
    _told(partners[6], "accepted", "2026-06-01 09:00", "2026-06-02 10:00")
    _told(partners[7], "declined", "2026-06-01 09:00", "2026-06-01 17:00")
    _told(partners[9], "offered", "2026-06-30 16:00", "")
    _told(None, "new", "2026-06-01 09:00", "")
    _told(partners[9], "accepted", "2025-06-30 09:00", "2025-06-30 10:00")  # before the 12 months


def _told(partner: Partner | None, status: str, offered: str, answered: str) -> None:
    """Make a lead as a file brings it: without offers of ours."""
    Lead.objects.create(
        account=make_account(),
        family=make_family(),
        source_system="csv",
        external_id=f"{partner} {offered} {status}",
        partner=partner,
        status=status,
        created_at=moment(offered),
        offered_at=moment(offered) if partner else None,
        answered_at=moment(answered) if answered else None,
    )
