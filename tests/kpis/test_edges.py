"""Edges of the figures' rules that no other data set stands on: each fails when its rule is broken."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from commissions.models import RunStatus
from deals.models import Lead
from partners.models import Certification, Partner, PartnerStatus, PsatInvitation, PsatWave, StatusPeriod
from partners.policy.surveys import PARTNER, Invited, publish
from prm import metrics
from prm.actors import OPERATOR
from prm.metrics import Scope
from tests.factories.commissions import EntryRow, make_run
from tests.factories.deals import make_account, make_family, make_registration
from tests.factories.partners import make_membership, make_partner, make_user
from tests.kpis.mrr_world import ON as MRR_ON
from tests.kpis.mrr_world import build
from tests.kpis.world import told

pytestmark = pytest.mark.django_db

ON = date(2026, 6, 30)
AT = datetime(2026, 6, 1, 10, tzinfo=UTC)


def test_the_smallest_shown_partner_is_hidden_not_the_first_by_name() -> None:
    people = iter(range(100))
    answers = [
        Invited(partner, next(people), {}, 5) for partner, count in (("a", 7), ("b", 5), ("c", 2)) for _ in range(count)
    ]
    published = publish(answers)
    assert published.cell(PARTNER, "a") is not None
    assert published.cell(PARTNER, "b") is None
    assert published.cell(PARTNER, "c") is None


def test_nothing_of_an_open_wave_is_told_anywhere() -> None:
    partner = make_partner("p", status=PartnerStatus.ACTIVE)
    wave = PsatWave.objects.create(code="2026-h1", opened_on=date(2026, 6, 1), closes_on=date(2026, 7, 1))
    for number in range(6):
        user = make_user(f"one{number}@p.example")
        PsatInvitation.objects.create(wave=wave, partner=partner, user=user, invited_at=AT, score=5, answered_at=AT)
    for day, waves in ((ON, 0), (date(2026, 7, 1), 1)):
        scope = Scope(day)
        assert (metrics.evaluate("psat", scope, OPERATOR).value is None) == (not waves)
        assert len(metrics.rows_of("psat", scope, OPERATOR).rows) == waves
        of_each = metrics.by_partner("psat", scope, [partner.pk], OPERATOR)
        assert of_each[partner.pk].n == (6 if waves else 0)
        out = StringIO()
        call_command("kpis", "psat", "--as-of", f"{day}", stdout=out)
        assert len(json.loads(out.getvalue())["figures"]["psat"]["waves"]) == waves


def test_a_certification_counts_from_its_first_day_until_the_day_it_expires() -> None:
    partner, person = make_partner("p"), make_user("one@p.example")
    make_membership(person, partner)
    Certification.objects.create(
        user=person, certification="cloud", valid_from=date(2026, 1, 1), valid_until=date(2026, 6, 1)
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1)]
    for scope in (Scope(ON), Scope(ON, partner_id=partner.pk)):
        counted = metrics.series_of("certified_people", scope, days, OPERATOR)
        assert [value.value for value in counted] == [0, 1, 1, 0]
    each = [metrics.by_partner("certified_people", Scope(day), [partner.pk], OPERATOR) for day in days]
    assert [values[partner.pk].value for values in each] == [0, 1, 1, 0]


def test_a_termination_before_the_activation_censors_nobody() -> None:
    partner = make_partner("p", activated_on=date(2026, 1, 1))
    StatusPeriod.objects.create(
        partner=partner, status=PartnerStatus.TERMINATED, valid_from=date(2024, 1, 1), valid_until=date(2026, 1, 1)
    )
    make_registration(partner, status="won", closed_on=date(2026, 3, 1), submitted_at=AT)
    value = metrics.evaluate("time_to_first_deal", Scope(ON, partner_id=partner.pk), OPERATOR)
    assert told(value.value, value.part("events").value) == (59, 1)


@pytest.mark.parametrize(("answered", "in_time"), [("17:00:00", 1), ("17:00:01", 0)])
def test_an_answer_at_the_very_end_of_the_time_given_is_in_time(answered: str, in_time: int) -> None:
    partner = make_partner("p")
    offered = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday; eight business hours are given, until 17:00
    Lead.objects.create(
        account=make_account(), family=make_family(), source_system="csv", external_id="1", partner=partner,
        status="accepted", created_at=offered, offered_at=offered,
        answered_at=datetime.fromisoformat(f"2026-06-01T{answered}+00:00"),
    )  # fmt: skip
    value = metrics.evaluate("leads", Scope(ON), OPERATOR).part("accepted_in_time")
    assert told(value.numerator, value.denominator) == (in_time, 1)


def test_a_lifetime_is_of_the_mean_customer() -> None:
    build()
    value = metrics.evaluate("lifetime_value", Scope(MRR_ON), OPERATOR)
    churn = value.part("monthly_churn").value
    assert value.n == 8
    assert value.part("mean_mrr").value == Decimal(2300) / 8
    assert churn is not None
    assert value.value == Decimal(2300) / 8 * Decimal("0.8") / churn


def posted(partner: Partner, amount: str) -> EntryRow:
    return EntryRow(partner=partner, subscription=None, entitlement=amount)


def test_commission_is_what_approved_runs_posted_in_twelve_months() -> None:
    partner, other = make_partner("p", country="FI"), make_partner("q", country="PL")
    make_run(date(2025, 6, 1), [posted(partner, "1000.00")])  # a month too early
    make_run(date(2025, 7, 1), [posted(partner, "100.00")])
    make_run(date(2026, 5, 1), [posted(partner, "20.00"), posted(other, "-3.00")])
    make_run(date(2026, 6, 1), [posted(partner, "7000.00")], status=RunStatus.CALCULATED)
    value = metrics.evaluate("commission_cost_12m", Scope(ON), OPERATOR)
    assert told(value.value, value.n, value.currency) == (117, 3, "EUR")
    assert metrics.evaluate("commission_cost_12m", Scope(ON, country="FI"), OPERATOR).value == 120
    assert metrics.evaluate("commission_cost_12m", Scope(ON, partner_id=other.pk), OPERATOR).value == -3
    rows = metrics.rows_of("commission_cost_12m", Scope(ON), OPERATOR).rows
    assert sum(row[3] for row in rows) == 117  # type: ignore[misc] # amounts
    months = metrics.series_of("commission_cost_12m", Scope(ON), [date(2026, 4, 30), ON], OPERATOR)
    assert [one.value for one in months] == [1100, 117]
