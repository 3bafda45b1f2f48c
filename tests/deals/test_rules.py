"""Versions of the rules: planned, changed until in force, previewed, and past decisions read again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.manage.rules.forms import RulesForm, initial_of
from deals.models import RegistrationEvaluation, RulesOfEngagement
from deals.policy import RULE_CODES, Outcome, RuleSettings
from deals.queries.preview import Changed, Shift, preview, quarter_before
from deals.queries.rereading import reread
from deals.queries.rules import program_with_rules, rules_in_force
from deals.services.rules import change_rules, mark_of, plan_rules, withdraw_rules
from deals.services.submission import submit_registration
from deals.services.tenders import close_tender, open_tender
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, OutboxMessage, Program
from prm.models.program import Holiday
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_account, make_family, make_opportunity, make_registration

pytestmark = pytest.mark.django_db

PAGE = "/manage/rules-of-engagement/"
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def plan(cast: Cast, settings: dict[str, Any], begins: datetime | None = None, now: datetime = NOW) -> int:
    row = plan_rules(settings=settings, effective_from=begins, reason="Why", actor=cast.actor("admin"), now=now)
    return row.version


def submit(cast: Cast, website: str, now: datetime = NOW, wait: bool = False, **fields: Any) -> Any:
    deal = a_deal(website, company=f"{website.title()} Oy", **fields)
    return submit_registration(deal=deal, actor=cast.actor("seller"), now=now, wait=wait)


def in_force(days: float) -> tuple[int, int]:
    settings = rules_in_force(now=NOW + days * DAY)
    return settings.version, settings.cool_off_days


def test_as_delivered_until_there_is_a_version(cast: Cast) -> None:
    Program.objects.update(minimum_expected_mrr=Decimal(50), checks_per_day=7, decision_sla_business_days=3)
    delivered = rules_in_force(now=NOW)
    assert (delivered.version, delivered.minimum_expected_mrr, delivered.checks_per_day) == (0, Decimal(50), 7)
    assert delivered.decision_sla_business_days == 3
    plan(cast, {**delivered.to_json(), "minimum_expected_mrr": None})
    assert (rules_in_force(now=NOW).version, rules_in_force(now=NOW).minimum_expected_mrr) == (1, None)
    assert rules_in_force(now=NOW - DAY).minimum_expected_mrr == Decimal(50)


def test_program_rules_and_holidays_come_in_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    plan(cast, {"cool_off_days": 7})
    for day in (date(2026, 12, 25), date(2026, 12, 24)):
        Holiday.objects.create(day=day)
    with django_assert_num_queries(1):
        program, settings = program_with_rules(now=NOW)
        hours = program.business_hours
    assert (settings.version, settings.cool_off_days) == (1, 7)
    assert hours == Program.current().business_hours
    assert hours.holidays == {date(2026, 12, 24), date(2026, 12, 25)}


def test_versions_follow_each_other_in_time_not_in_number(cast: Cast) -> None:
    assert plan(cast, {"cool_off_days": 10}) == 1
    assert plan(cast, {"cool_off_days": 20}, NOW + 10 * DAY) == 2
    assert plan(cast, {"cool_off_days": 15}, NOW + 5 * DAY) == 3
    assert [in_force(days) for days in (-1, 0, 4.9, 5, 9.9, 10, 99)] == [
        (0, 30),
        (1, 10),
        (1, 10),
        (3, 15),
        (3, 15),
        (2, 20),
        (2, 20),
    ]
    event = OutboxMessage.objects.latest("pk")
    assert (event.topic, event.payload["version"]) == ("rules_of_engagement.planned", 3)
    assert AuditEvent.objects.filter(action="rules_of_engagement.planned", reason="Why").count() == 3


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"settings": {"cool_off_days": 400}}, "invalid", "cool_off_days"),
        ({"settings": {"severities": {"protected": "off"}}}, "invalid", "severities"),
        ({"effective_from": NOW - DAY}, "in_the_past", "effective_from"),
        ({"effective_from": NOW + 731 * DAY}, "too_far", "effective_from"),
        ({"effective_from": NOW + DAY}, "begins_already", "effective_from"),
        ({"reason": " "}, "reason_needed", "reason"),
    ],
)
def test_what_cannot_be_planned(cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    plan(cast, {}, NOW + DAY)
    asked = {"settings": {}, "effective_from": None, "reason": "Why", **values}
    with pytest.raises(DomainError) as refused:
        plan_rules(**asked, actor=cast.actor("admin"), now=NOW)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert RulesOfEngagement.objects.count() == 1


@pytest.mark.parametrize("who", ["manager", "finance_person", "viewer", "owner", "stranger"])
def test_only_administrators_change_rules(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowedError):
        plan_rules(settings={}, effective_from=None, reason="Why", actor=cast.actor(who), now=NOW)


def test_a_version_is_changed_and_withdrawn_until_it_is_in_force(cast: Cast) -> None:
    now, admin = timezone.now(), cast.actor("admin")
    plan(cast, {"cool_off_days": 10}, now=now)
    plan(cast, {"cool_off_days": 20}, now + 10 * DAY, now=now)
    row = RulesOfEngagement.objects.get(version=2)
    seen = mark_of(row)
    changed = change_rules(version=2, settings={"cool_off_days": 21}, reason="Better", seen=seen, actor=admin, now=now)
    assert (changed.settings["cool_off_days"], changed.reason) == (21, "Better")
    assert AuditEvent.objects.latest("pk").data["changed"] == {"cool_off_days": [20, 21]}
    with pytest.raises(StaleError):
        change_rules(version=2, settings={}, reason="Mine", seen=seen, actor=admin, now=now)
    with pytest.raises(DomainError) as kept:
        change_rules(
            version=1, settings={}, reason="No", seen=mark_of(RulesOfEngagement.objects.get(version=1)),
            actor=admin, now=now,
        )  # fmt: skip
    assert kept.value.code == "rules_version_is_kept"
    withdraw_rules(version=2, seen=mark_of(changed), actor=admin, now=now)
    assert list(RulesOfEngagement.objects.values_list("version", "effective_until")) == [(1, None)]


def test_the_quarter_before() -> None:
    assert quarter_before(NOW.date()) == (datetime(2026, 7, 1).date(), datetime(2026, 10, 1).date())  # noqa: DTZ001
    assert quarter_before(datetime(2026, 1, 31).date()) == (  # noqa: DTZ001
        datetime(2025, 10, 1).date(),  # noqa: DTZ001
        datetime(2026, 1, 1).date(),  # noqa: DTZ001
    )


def look(cast: Cast, **settings: Any) -> Any:
    since = (NOW - 2 * DAY).date()
    return preview(
        RuleSettings.from_json(0, settings),
        since=since,
        until=(NOW + DAY).date(),
        actor=cast.actor("admin"),
        program=Program.current(),
    )


def test_a_preview_judges_the_facts_of_the_day_again(cast: Cast) -> None:
    clean = submit(cast, "clean.fi", expected_mrr=Decimal(99))
    pursued = make_account("Pursued Oy", domain="pursued.fi")
    opportunity = make_opportunity(pursued)
    reviewed = submit(cast, "pursued.fi")
    held = make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved")
    refused, waiting = submit(cast, "held.fi", wait=False), submit(cast, "held.fi", wait=True)
    assert [r.status for r in (clean, reviewed, refused, waiting)] == ["submitted", "submitted", "rejected", "waiting"]
    # The world moves on; the facts of the day do not.
    opportunity.delete()
    held.status = "lost"
    held.save()
    assert look(cast).changed == ()
    strict = {**RuleSettings().severities, "direct_opportunity": "block", "minimum_value": "block"}
    found = look(cast, minimum_expected_mrr=Decimal(100), severities=strict)
    assert (found.judged, found.unknown, found.narrow) == (4, 1, 0)
    assert [(c.registration.pk, c.before, c.after, c.shifts) for c in found.changed] == [
        (reviewed.pk, Outcome.QUEUE, Outcome.REJECT, (Shift("direct_opportunity", "review", "block"),)),
        (clean.pk, Outcome.QUEUE, Outcome.REJECT, (Shift("minimum_value", "", "block"),)),
    ]
    assert isinstance(found.changed[0], Changed)


def test_preview_and_re_reading_know_that_it_was_a_tender(cast: Cast) -> None:
    account = make_account(domain="bid.fi")
    make_registration(cast.rival, account=account, status="approved")
    opened = open_tender(
        account_id=account.pk, family_id=make_family().pk, reason="Public.", actor=cast.actor("manager"), now=NOW
    )
    bid = submit(cast, "bid.fi")
    assert (bid.status, bid.findings.count()) == ("submitted", 0)
    close_tender(tender_id=opened.pk, winner_id=None, reason="Over.", actor=cast.actor("manager"), now=NOW)
    (entry,) = reread(bid, now=NOW, program=Program.current())
    assert (entry.facts.is_tendered, entry.agrees, entry.today.findings) == (True, True, ())
    assert look(cast).changed == ()


def test_a_preview_knows_who_would_be_approved_at_once(cast: Cast) -> None:
    cast.tier.auto_approve = True
    cast.tier.save()
    make_opportunity(make_account(domain="pursued.fi"))
    assert submit(cast, "pursued.fi").status == "submitted"
    off = {**RuleSettings().severities, "direct_opportunity": "off"}
    (changed,) = look(cast, severities=off).changed
    assert (changed.before, changed.after) == (Outcome.QUEUE, Outcome.APPROVE)
    assert changed.shifts == (Shift("direct_opportunity", "review", ""),)


def test_a_preview_says_what_it_cannot_tell(cast: Cast) -> None:
    submit(cast, "new.fi")
    assert look(cast, lookalike_similarity=Decimal("0.5")).narrow == 1
    assert look(cast, lookalike_similarity=Decimal("0.7")).narrow == 0


def test_a_preview_asks_few_queries(cast: Cast) -> None:
    counted = []
    for count in (1, 9):
        for n in range(count):
            submit(cast, f"c{count}-{n}.fi", expected_mrr=Decimal(1))
        with CaptureQueriesContext(connection) as captured:
            assert look(cast, minimum_expected_mrr=Decimal(100)).judged == (1 if count == 1 else 10)
        counted.append(len(captured))
    assert counted == [counted[0]] * 2
    assert counted[0] <= 7


def test_a_past_decision_reads_the_same_under_the_rules_of_its_day(cast: Cast) -> None:
    plan(cast, {"cool_off_days": 40}, now=NOW)
    account = make_account(domain="again.fi")
    make_registration(cast.partner, account=account, status="rejected", decided_at=NOW - 35 * DAY)
    made = submit(cast, "again.fi")
    plan(cast, {"cool_off_days": 30}, NOW + DAY, now=NOW)
    (entry,) = reread(made, now=NOW + 2 * DAY, program=Program.current())
    assert (entry.version, [f.code for f in entry.findings], entry.agrees) == (1, ["cool_off"], True)
    assert (entry.today.version, entry.today.findings) == (2, ())
    with pytest.raises(Exception, match="rows are kept as they were written"):
        RegistrationEvaluation.objects.update(outcome="approve")


def test_every_setting_has_its_field(cast: Cast) -> None:
    form = RulesForm(program=Program.current(), initial=initial_of(RuleSettings()))
    shown = {entry.bound.name for _title, group in form.groups for entry in group}
    named = {name for name in RuleSettings().to_json() if name not in {"severities", "origin_roles"}}
    assert shown == named | {"origin_partner", "origin_vendor_lead", "origin_co_sell"}
    assert [code for code, _bound in form.severities] == list(RULE_CODES)


def filled(**changes: Any) -> dict[str, Any]:
    """Return what a browser sends for the settings as delivered, with ``changes``."""
    form = RulesForm(program=Program.current(), initial=initial_of(RuleSettings()))
    sent = {name: "" if value is None else value for name, value in form.initial.items() if value is not False}
    return {**sent, "reason": "Squatting", "effective_on": "", "period": "90", **changes}


def test_the_pages_of_the_rules(cast: Cast) -> None:
    admin = cast.signed_in("admin")
    page = admin.get(PAGE).content.decode()
    assert "The rules as delivered are in force." in page
    assert "Direct sales has an open opportunity" in page
    submit(cast, "cheap.fi", now=timezone.now(), expected_mrr=Decimal("99.99"))
    changes = filled(minimum_expected_mrr="100", severity_minimum_value="block", act="preview")
    seen = admin.post(f"{PAGE}new/", changes)
    assert seen.status_code == 200
    text = seen.content.decode()
    assert "1 submission: 1 would have been decided differently." in text
    assert "Below the minimum value: nothing → Block" in text
    assert 'value="100"' in text
    assert not RulesOfEngagement.objects.exists()
    saved = admin.post(f"{PAGE}new/", {**changes, "act": "save"}, follow=True).content.decode()
    assert "Version 1 is planned." in saved
    assert "Minimum expected MRR" in saved
    assert rules_in_force(now=timezone.now()).minimum_expected_mrr == Decimal(100)
    assert admin.get(f"{PAGE}1/").status_code == 200
    assert admin.get(f"{PAGE}1/edit/").status_code == 404
    assert cast.signed_in("manager").get(PAGE).status_code == 200
    assert cast.signed_in("manager").get(f"{PAGE}new/").status_code == 403
    assert cast.signed_in("owner").get(PAGE).status_code == 403


def test_a_planned_version_is_changed_on_its_page(cast: Cast) -> None:
    admin = cast.signed_in("admin")
    tomorrow = (timezone.now() + 2 * DAY).date().isoformat()
    admin.post(f"{PAGE}new/", filled(effective_on=tomorrow, cool_off_days="12", act="save"))
    row = RulesOfEngagement.objects.get()
    assert (row.settings["cool_off_days"], row.effective_from.date().isoformat()) == (12, tomorrow)
    page = admin.get(f"{PAGE}1/edit/").content.decode()
    assert f'value="{mark_of(row)}"' in page
    stale = admin.post(f"{PAGE}1/edit/", filled(cool_off_days="13", seen="old", act="save"))
    assert stale.status_code == 409
    admin.post(f"{PAGE}1/edit/", filled(cool_off_days="14", seen=mark_of(row), act="save"))
    row.refresh_from_db()
    assert row.settings["cool_off_days"] == 14
    admin.post(f"{PAGE}1/withdraw/", {"seen": mark_of(row)})
    assert not RulesOfEngagement.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cool_off_days": "366"}, "365"),
        ({"stages": "a, a"}, "Name one to twelve stages, each once."),
        ({"end_warning_days": "14, x"}, "Name up to five numbers of days between 1 and 365."),
        ({"lookalike_similarity": "0.2"}, "0.3"),
        ({"reason": ""}, "Say why the rules change."),
        ({"severity_protected": "off"}, "off"),
        ({"effective_on": "2020-01-01"}, "Rules begin now or later, never in the past."),
    ],
)
def test_what_the_form_refuses(cast: Cast, changes: dict[str, Any], sentence: str) -> None:
    answer = cast.signed_in("admin").post(f"{PAGE}new/", filled(act="save", **changes))
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not RulesOfEngagement.objects.exists()


def test_a_decision_is_read_again_on_its_page(cast: Cast) -> None:
    make_opportunity(make_account(domain="pursued.fi"), external_id="006-42", stage="Commit")
    made = submit(cast, "pursued.fi")
    page = f"/manage/registrations/{made.public_id}/decisions/"
    text = cast.signed_in("viewer").get(page).content.decode()
    for shown in (
        "At submission",
        "rules as delivered",
        "Asked again, the rules of that day find the same.",
        "006-42 Commit",
        "The partner reads:",
        "may offer to sell together with you.",
    ):
        assert shown in text
    assert cast.signed_in("seller").get(page).status_code == 403


def test_the_pages_ask_few_queries(cast: Cast) -> None:
    admin, counted = cast.signed_in("admin"), []
    made = submit(cast, "one.fi")
    paths = (PAGE, f"{PAGE}new/", f"/manage/registrations/{made.public_id}/decisions/", "/manage/named-accounts/")
    for turn in range(2):
        for n in range(4 * turn):
            plan(cast, {"cool_off_days": n}, NOW + (n + 1) * DAY)
        found = []
        for path in paths:
            admin.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert admin.get(path).status_code == 200
            found.append(len(captured))
        counted.append(found)
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 12
