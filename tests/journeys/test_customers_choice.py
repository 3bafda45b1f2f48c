"""A customer names another partner: months that were earned stay, and the new partner earns from the day on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commissions.policy import Credit, Facts, Partner, Rule, Subscription
from commissions.policy import Plan as PlanFacts
from deals.models import AccountDomain, Family
from deals.models import Subscription as SubscriptionRow
from deals.services.letters import Upload, upload_letter, verify_letter
from deals.services.settling_letters import settle_letters
from partners.models import Partner as PartnerRow
from prm.actors import OPERATOR
from tests.factories.deals import NOW, make_registration
from tests.factories.facts import entries_of, install, run_month

pytestmark = pytest.mark.django_db

SOLD = Subscription(
    id="sold",
    product="p",
    family="f",
    currency="EUR",
    started_on=date(2026, 10, 1),
    changes={date(2026, 10, 1): Decimal(310)},
    credits=(Credit("old", "sourced", Decimal(100)),),
)
PROGRAM = Facts(
    partners={"old": Partner("old"), "new": Partner("new")},
    plans={"standard": PlanFacts("standard")},
    rules=(Rule("standard", "recurring", Decimal(20)),),
    subscriptions=(SOLD,),
    minor_units={"EUR": 2},
    default_plan="standard",
)
LETTER = Upload("letter.pdf", b"%PDF-1.7", "Aino Virta", "aino@lumisaari.fi", date(2026, 11, 20))


def test_earned_months_stay_and_the_new_partner_earns_from_its_day_on() -> None:
    install(PROGRAM)
    account = SubscriptionRow.objects.get(external_id="sold").account
    AccountDomain.objects.create(domain="lumisaari.fi", account=account)
    earned = [entries_of(run_month(month)) for month in (date(2026, 10, 1), date(2026, 11, 1))]
    assert earned == [
        [("2026-10", "old", "sold", "recurring", Decimal("62.00"))],
        [("2026-11", "old", "sold", "recurring", Decimal("62.00"))],
    ]
    claim = make_registration(PartnerRow.objects.get(code="new"), account=account, family=Family.objects.get(code="f"))
    letter = upload_letter(registration_id=claim.pk, upload=LETTER, actor=OPERATOR, now=NOW)
    verify_letter(letter_id=letter.pk, how="Called her.", effective_on=None, actor=OPERATOR, now=NOW)
    assert settle_letters(now=datetime(2026, 12, 8, 6, 0, tzinfo=UTC)) == 1
    # 7 of 31 days are the old partner's, 24 the new one's; nothing of October and November is touched.
    assert entries_of(run_month(date(2026, 12, 1))) == [
        ("2026-12", "new", "sold", "recurring", Decimal("48.00")),
        ("2026-12", "old", "sold", "recurring", Decimal("14.00")),
    ]
    assert entries_of(run_month(date(2027, 1, 1))) == [("2027-01", "new", "sold", "recurring", Decimal("62.00"))]
