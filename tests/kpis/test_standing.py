"""Who of a book needs its manager, to the day; and the days that can be asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from partners.models import Certification, StatusPeriod
from partners.queries.standing_of_program import Standing, is_quiet, quiet_since, standings
from partners.services import record_activity
from prm.actors import OPERATOR
from prm.metrics import Scope, evaluate
from prm.metrics.asking import QuestionError, scope_of
from tests.cast import assemble
from tests.factories.partners import make_membership

ON = date(2026, 6, 30)
DAY = timedelta(days=1)


def standing(status: str, *, days: int = 0, active: int | None = None, won: bool = False) -> Standing:
    began = None if active is None else ON - active * DAY
    return Standing("P", "p", status, ON - days * DAY, began, None, won, ON)


def test_who_is_on_its_way_in_for_more_than_60_days_has_stalled() -> None:
    assert [standing("onboarding", days=days).is_stalled for days in (60, 61)] == [False, True]
    assert [standing(status, days=61).is_stalled for status in ("applied", "in_review", "active")] == [
        True, True, False,
    ]  # fmt: skip


def test_who_won_nothing_in_more_than_180_days_waits_for_a_first_deal() -> None:
    assert [standing("active", active=days).waits_for_first_deal for days in (180, 181)] == [False, True]
    assert not standing("active", active=181, won=True).waits_for_first_deal
    assert not standing("suspended", active=181).waits_for_first_deal
    assert not standing("active").waits_for_first_deal


@pytest.mark.django_db
def test_quiet_is_who_did_nothing_that_counts_in_90_days() -> None:
    since = quiet_since(Scope(ON))
    assert since == datetime(2026, 4, 2, tzinfo=UTC)
    cast = assemble()
    StatusPeriod.objects.update(valid_from=date(2025, 1, 1))
    record_activity(partner_id=cast.partner.pk, kind="deal_won", at=since)
    record_activity(partner_id=cast.partner.pk, kind="signed_in", at=since + DAY)
    record_activity(partner_id=cast.rival.pk, kind="deal_won", at=since - timedelta(microseconds=1))
    known = {row.code: row for row in standings(Scope(ON))}
    assert sorted(known) == ["contoso", "northwind"]  # Fabrikam has ended
    assert known["northwind"].last_at == since
    assert {code: is_quiet(row, since) for code, row in known.items()} == {"contoso": True, "northwind": False}
    assert not is_quiet(standing("suspended"), since)


@pytest.mark.django_db
def test_a_person_of_two_partners_is_certified_once_and_who_left_is_not() -> None:
    cast = assemble()
    make_membership(cast.seller, cast.rival)
    Certification.objects.create(user=cast.seller, certification="Pro", valid_from=date(2026, 1, 1))
    assert evaluate("certified_people", Scope(ON), OPERATOR).value == 1
    cast.seller.memberships.update(is_active=False)
    assert evaluate("certified_people", Scope(ON), OPERATOR).value == 0


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "9999-12-31", "2026-02-29"])
def test_a_day_that_nobody_means_is_no_question(text: str) -> None:
    with pytest.raises(QuestionError) as refused:
        scope_of({"as_of": text}, today=ON)
    assert refused.value.field == "as_of"
    assert scope_of({"as_of": "1900-01-01"}, today=ON).as_of == date(1900, 1, 1)
