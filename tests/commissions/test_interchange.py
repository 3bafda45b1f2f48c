"""The commissions' files: versions of rules, the default plan, and what was posted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from commissions.models import Plan, Rule
from deals.models import Subscription
from partners.models import Partner
from tests.factories.commissions import EntryRow, make_run
from tests.folders import FOLDER, NOW, counts, load, problems

pytestmark = pytest.mark.django_db


def test_a_rule_that_changes_keeps_its_old_version() -> None:
    load()
    text = FOLDER["rules.csv"].replace(",,1,13,,,20,,", ",,1,13,,,25,,")
    assert counts(load({"rules.csv": text})) == {"rules.csv": (0, 1, 2)}
    new = Rule.objects.get(kind="recurring", age_from=1, retired_at=None)
    assert new.rate == Decimal(25)
    old = new.replaces
    assert old is not None
    assert (old.rate, old.retired_at, old.retired_reason) == (Decimal(20), NOW, "loaded from CSV")
    assert counts(load({"rules.csv": text})) == {"rules.csv": (0, 0, 3)}


def test_a_tie_with_a_stored_rule_is_named() -> None:
    load()
    assert problems({"rules.csv": "plan,kind,from,rate\nstandard,recurring,2026-05-01,5\n"}) == [
        (
            "rules.csv:2: kind: ties with a stored row (from the beginning until further notice): "
            "the same fields, and their dates and ages overlap"
        )
    ]


def test_a_rule_ends_and_its_successor_begins_in_one_file() -> None:
    load()
    outcome = load(
        {
            "rules.csv": "plan,kind,age_from,age_until,from,until,rate\n"
            "standard,recurring,13,,,2026-05-01,10\nstandard,recurring,13,,2026-05-01,,12\n"
        }
    )
    assert [str(p) for p in outcome.problems] == []
    assert counts(outcome) == {"rules.csv": (1, 1, 0)}


def test_the_default_plan_hands_over() -> None:
    load()
    load({"plans.csv": "code,default\nother,true\n"})
    assert Plan.objects.get(is_default=True).code == "other"
    load({"plans.csv": "code,default\nother,false\nstandard,true\n"})
    assert Plan.objects.get(is_default=True).code == "standard"


def test_a_plan_without_a_default_column_keeps_it() -> None:
    load()
    load({"plans.csv": "code,name\nstandard,Everyone\n"})
    plan = Plan.objects.get(is_default=True)
    assert (plan.code, plan.name, plan.clawback_days) == ("standard", "Everyone", 90)


def test_what_was_posted_limits_what_a_folder_corrects() -> None:
    load()
    north, subscription = Partner.objects.get(code="north"), Subscription.objects.get(external_id="s-1")
    row = EntryRow(partner=north, subscription=subscription, entitlement="10", earned_period=date(2026, 2, 1))
    make_run(date(2026, 2, 1), [row])
    assert problems(
        {
            "settings.csv": "key,value\nfirst_period,2026-03\n",
            "subscriptions.csv": "external_id,currency\ns-1,USD\n",
        }
    ) == [
        "settings.csv:2: value: cannot be later than 2026-02, for which commission is posted",
        "subscriptions.csv:2: currency: cannot change any more: commission is posted in EUR",
    ]
    assert load({"settings.csv": "key,value\nfirst_period,2026-02\n"}).applied
