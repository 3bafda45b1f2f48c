"""Plans and rules on the console: read by all, tried out by finance, changed by administrators."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from commissions.models import Plan, PlanAssignment, Rule
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import counted
from tests.factories.commissions import make_subscription
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db
JANUARY, JUNE = date(2026, 1, 1), date(2026, 6, 1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def plan() -> Plan:
    return Plan.objects.create(code="standard", name="Standard", is_default=True, clawback="full", clawback_days=90)


@pytest.fixture
def rule(plan: Plan) -> Rule:
    return Rule.objects.create(plan=plan, kind="recurring", rate=20, age_until=13, valid_from=JANUARY)


@pytest.fixture
def admin(cast: Cast) -> Client:
    return cast.signed_in("admin")


def typed(**changes: Any) -> dict[str, Any]:
    """Return what the form posts for a plain rule."""
    return {"kind": "recurring", "rate": "10", "age_from": "13", "valid_from": "2026-01-01", **changes}


def text_of(answer: Any) -> str:
    """Return a page's text on one line, with plain spaces."""
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def test_the_list_names_terms_partners_and_the_default(cast: Cast, plan: Plan, rule: Rule) -> None:
    page = text_of(cast.signed_in("viewer").get("/manage/plans/"))
    assert "1 plan. Partners without a plan are on Standard." in page
    assert "Full within 90 days" in page
    assert '<a href="/manage/plans/standard/partners/"><bdi class="num" dir="ltr">2</bdi></a>' in page
    assert "New plan" not in page


def test_an_installation_without_plans_says_so(cast: Cast, admin: Client) -> None:
    page = text_of(admin.get("/manage/plans/"))
    assert "No plan yet" in page
    assert "New plan" in page


def test_a_plan_shows_its_rules_in_words_by_kind_and_day(cast: Cast, plan: Plan, rule: Rule) -> None:
    Rule.objects.create(plan=plan, kind="recurring", rate=25, tier=cast.tier, valid_from=date(2099, 1, 1))
    Rule.objects.create(plan=plan, kind="spiff", amount=500, currency="EUR", valid_until=JUNE, minimum_mrr=200)
    page = text_of(cast.signed_in("viewer").get("/manage/plans/standard/"))
    assert "Recurring 20 %, customer months 1–12" in page
    assert "from 1 January 2026" in page
    assert "Recurring 25 %, tier Silver" in page
    assert "SPIFF bonus €500.00, from an MRR of €200.00" in page
    assert "until 31 May 2026" in page
    assert "1 rule that has ended" in page
    assert "No rule of this kind is in force today." in page
    assert "Add rule" not in page


def test_an_administrator_adds_a_rule(admin: Client, plan: Plan, rule: Rule, cast: Cast) -> None:
    answer = admin.post("/manage/plans/standard/rules/add/", typed(rate="12.5", valid_last="2026-12-31"))
    assert (answer.status_code, answer["Location"]) == (302, "/manage/plans/standard/")
    new = Rule.objects.get(age_from=13)
    assert (new.rate, new.age_until, new.valid_from, new.valid_until, new.created_by_id) == (
        Decimal("12.5"),
        None,
        JANUARY,
        date(2027, 1, 1),
        cast.admin.pk,
    )
    assert AuditEvent.objects.get(action="rule.added").object_id == new.pk


def test_a_tie_is_refused_with_the_other_rule_and_nothing_is_lost(admin: Client, plan: Plan, rule: Rule) -> None:
    answer = admin.post("/manage/plans/standard/rules/add/", typed(age_from="7"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Ties with “Recurring 20 %, customer months 1–12, from 1 January 2026”" in page
    assert "for customer months 7–12, from 1 January 2026" in page
    assert 'value="10"' in page
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate": ""}, "Enter the rate."),
        ({"rate": "10001"}, "A rate lies between 0 and 10,000 %."),
        ({"rate": "ten"}, "Enter a number"),
        ({"kind": "spiff"}, "Enter the amount that a new customer pays."),
        ({"kind": "accelerator"}, "Choose the currency of the amounts."),
        ({"age_last": "12"}, "The last customer month comes before the first."),
        ({"valid_last": "2025-12-31"}, "The last day comes before the first."),
        ({"age_from": "0"}, "greater than or equal to 1"),
    ],
)
def test_the_form_says_what_is_missing(
    admin: Client, plan: Plan, rule: Rule, changes: dict[str, str], words: str
) -> None:
    answer = admin.post("/manage/plans/standard/rules/add/", typed(**changes))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert Rule.objects.count() == 1


def test_what_a_kind_does_not_have_is_left_out(admin: Client, plan: Plan, cast: Cast) -> None:
    odd = typed(kind="accelerator", currency="EUR", threshold="1,000", role="sourced", amount="5", age_from="")
    assert admin.post("/manage/plans/standard/rules/add/", odd).status_code == 302
    made = Rule.objects.get()
    assert (made.threshold, made.role, made.amount, made.age_from) == (Decimal(1000), "", None, 1)


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, "available", "No other rule matches the same cases."),
        ({"age_from": "12"}, "not_available", "for customer month 12, from 1 January 2026"),
        ({"age_from": "1", "role": "sourced"}, "available", "It takes over from “Recurring 20 %"),
        ({"rate": ""}, "idle", "Checked as you type"),
    ],
)
def test_the_rule_is_checked_as_it_is_typed(
    cast: Cast, plan: Plan, rule: Rule, changes: dict[str, str], state: str, words: str
) -> None:
    answer = cast.signed_in("finance_person").post("/manage/plans/standard/rules/check/", typed(**changes))
    assert answer.status_code == 200
    assert f'data-state="{state}"' in answer.content.decode()
    assert words in text_of(answer)


def test_a_correction_is_checked_beside_the_others_not_beside_itself(admin: Client, plan: Plan, rule: Rule) -> None:
    url = f"/manage/plans/standard/rules/{rule.pk}/check/"
    assert 'data-state="available"' in admin.post(url, typed(age_from="1", age_last="12")).content.decode()
    Rule.objects.create(plan=plan, kind="recurring", rate=25, role="sourced")
    tied = text_of(admin.post(url, typed(age_from="1", role="sourced")))
    assert "Ties with “Recurring 25 %, role Sourced, always”" in tied


def test_finance_tries_a_rule_out_and_puts_none_in_force(cast: Cast, plan: Plan, rule: Rule) -> None:
    make_subscription(cast.partner, started_on=date(2026, 9, 10))
    client = cast.signed_in("finance_person")
    assert "You may try it out." in text_of(client.get("/manage/plans/standard/rules/add/"))
    asked = typed(age_from="1", tier=str(cast.tier.pk), preview="1")
    page = text_of(client.post("/manage/plans/standard/rules/add/", asked))
    assert "it matches 1 subscription of 1 partner." in page
    assert "Pays instead of “Recurring 20 %, customer months 1–12, from 1 January 2026”" in page
    part = client.post("/manage/plans/standard/rules/add/", asked, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "it matches 1 subscription of 1 partner." in text_of(part)
    refused = client.post("/manage/plans/standard/rules/add/", typed())
    assert refused.status_code == 422
    assert "Only administrators change commission rules." in text_of(refused)
    assert Rule.objects.count() == 1


def test_a_correction_asks_why_and_keeps_the_version(admin: Client, plan: Plan, rule: Rule, cast: Cast) -> None:
    url = f"/manage/plans/standard/rules/{rule.pk}/correct/"
    assert 'value="20"' in admin.get(url).content.decode()
    values = typed(rate="22", age_from="1", age_last="12")
    assert "This field is required." in text_of(admin.post(url, values))
    preview = text_of(admin.post(url, {**values, "preview": "1"}))
    assert "Now" in preview
    assert "Recurring 22 %, customer months 1–12, from 1 January 2026" in preview
    assert admin.post(url, {**values, "reason": "New price list"}).status_code == 302
    new = Rule.objects.get(retired_at=None)
    page = text_of(admin.get(f"/manage/plans/standard/rules/{new.pk}/"))
    assert "Version 2" in page
    assert "by Ada Berg" in page
    assert "New price list" in page
    assert '<td class="n" data-l="Was">20 %</td><td class="n" data-l="Now">22 %</td>' in page


def test_who_comes_second_reads_who_was_first(admin: Client, plan: Plan, rule: Rule) -> None:
    url = f"/manage/plans/standard/rules/{rule.pk}/"
    values = typed(rate="22", age_from="1", age_last="12", reason="New price list")
    admin.post(f"{url}correct/", values)
    for act in ("correct/", "end/"):
        answer = admin.post(url + act, {**values, "valid_last": "2026-05-31", "reason": "Mine"})
        assert answer.status_code == 409
        assert "Somebody corrected this rule meanwhile." in text_of(answer)
        assert "New price list" in text_of(answer)
        assert "Open the latest version" in text_of(answer)
    assert Rule.objects.count() == 2


def test_a_rule_is_ended_after_its_last_day_and_put_back(admin: Client, plan: Plan, rule: Rule) -> None:
    url = f"/manage/plans/standard/rules/{rule.pk}/end/"
    assert admin.get(url).status_code == 200
    assert "The rule begins later than this day." in text_of(
        admin.post(url, {"valid_last": "2025-12-30", "reason": "x"})
    )
    answer = admin.post(url, {"valid_last": "2026-05-31", "reason": "Over"})
    ended = Rule.objects.get(retired_at=None)
    assert (answer.status_code, ended.valid_until) == (302, JUNE)
    undo = f"/manage/plans/standard/rules/{ended.pk}/undo/"
    page = text_of(admin.get(undo))
    assert "It was corrected because: <bdi>Over</bdi>" in page
    assert admin.post(undo, {"reason": " "}).status_code == 422
    assert admin.post(undo, {"reason": "Not over"}).status_code == 302
    back = Rule.objects.get(retired_at=None)
    assert (back.valid_until, back.replaces_id) == (None, ended.pk)
    assert admin.get(f"/manage/plans/standard/rules/{rule.pk}/undo/").status_code == 404


def test_terms_are_changed_with_a_reason_and_kept_before_and_after(admin: Client, plan: Plan) -> None:
    page = admin.get("/manage/plans/standard/edit/")
    version = page.context["version"]
    values = {
        "name": "Standard",
        "basis": "contracted",
        "clawback": "prorated",
        "clawback_days": "60",
        "minimum_payout": "50",
        "minimum_currency": "EUR",
        "true_up_months": "12",
        "is_default": "on",
        "version": version,
    }
    assert "This field is required." in text_of(admin.post("/manage/plans/standard/edit/", values))
    values["reason"] = "Board decision"
    assert admin.post("/manage/plans/standard/edit/", values).status_code == 302
    shown = text_of(admin.get("/manage/plans/standard/"))
    assert "Prorated within 60 days" in shown
    assert "changed Clawback from Full to Prorated, Clawback within days from 90 to 60" in shown
    assert "Board decision" in shown
    stale = admin.post("/manage/plans/standard/edit/", {**values, "name": "Mine"})
    assert stale.status_code == 409
    assert "Somebody changed these terms meanwhile." in text_of(stale)
    plan.refresh_from_db()
    assert plan.name == "Standard"


def test_a_plan_is_made(admin: Client, plan: Plan) -> None:
    assert admin.get("/manage/new-plan/").status_code == 200
    values = {
        "code": "msp",
        "name": "MSP",
        "basis": "collected",
        "clawback": "none",
        "clawback_days": "0",
        "minimum_payout": "0",
        "true_up_months": "6",
    }
    taken = admin.post("/manage/new-plan/", {**values, "code": "standard"})
    assert taken.status_code == 422
    assert "Another plan has this code." in text_of(taken)
    answer = admin.post("/manage/new-plan/", values)
    assert (answer.status_code, answer["Location"]) == (302, "/manage/plans/msp/")
    assert "No rule yet" in text_of(admin.get("/manage/plans/msp/"))


def test_partners_are_put_on_a_plan_and_leave_it(admin: Client, plan: Plan, cast: Cast) -> None:
    Plan.objects.create(code="special", name="Special")
    url = "/manage/plans/special/partners/"
    assert "Nobody was put on it" in text_of(admin.get(url))
    values = {"partner": "northwind", "valid_from": "2026-03-01", "reason": "Negotiated"}
    assert admin.get(f"{url}assign/?partner=northwind").status_code == 200
    assert admin.post(f"{url}assign/", values).status_code == 302
    again = admin.post(f"{url}assign/", values)
    assert again.status_code == 422
    assert "The partner is on this plan on that day already." in text_of(again)
    assert "Northwind IT" in text_of(admin.get(url))
    row = PlanAssignment.objects.get()
    end = f"{url}{row.pk}/end/"
    assert admin.get(end).status_code == 200
    assert admin.post(end, {"valid_last": "2026-05-31", "reason": "Over"}).status_code == 302
    assert admin.post(end, {"valid_last": "2026-05-31", "reason": "Over"}).status_code == 409
    row.refresh_from_db()
    assert row.valid_until == JUNE


def test_the_file_of_rules_has_the_columns_of_the_interchange(cast: Cast, plan: Plan, rule: Rule) -> None:
    answer = cast.signed_in("viewer").get("/manage/plans/standard/rules.csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert lines == [
        {
            "plan": "standard", "kind": "recurring", "product": "", "family": "", "tier": "", "role": "",
            "currency": "", "threshold": "", "age_from": "1", "age_until": "13", "from": "2026-01-01", "until": "",
            "rate": "20", "amount": "", "minimum_mrr": "",
        }
    ]  # fmt: skip


WRITES = ("edit/", "partners/assign/", "rules/{rule}/end/", "rules/{rule}/undo/")


@pytest.mark.parametrize("name", ["viewer", "manager", "finance_person", "owner"])
def test_only_administrators_change(cast: Cast, plan: Plan, rule: Rule, name: str) -> None:
    client = cast.signed_in(name)
    for path in WRITES:
        assert client.post(f"/manage/plans/standard/{path.format(rule=rule.pk)}", {"reason": "x"}).status_code == 403
    assert client.post("/manage/new-plan/", {}).status_code == 403
    tried = client.post(f"/manage/plans/standard/rules/{rule.pk}/correct/", typed(reason="x"))
    assert tried.status_code == (422 if name == "finance_person" else 403)
    assert list(Rule.objects.values_list("pk", "retired_at")) == [(rule.pk, None)]


def test_partners_see_no_plan(cast: Cast, plan: Plan, rule: Rule) -> None:
    client = cast.signed_in("owner")
    for path in ("", "standard/", "standard/rules.csv", "standard/partners/", f"standard/rules/{rule.pk}/"):
        answer = client.get(f"/manage/plans/{path}")
        assert answer.status_code == 403
        assert "Recurring" not in answer.content.decode()
        assert "Standard" not in answer.content.decode()


def test_what_is_not_there_is_not_found(admin: Client, plan: Plan, rule: Rule) -> None:
    other = Plan.objects.create(code="other", name="Other")
    for path in ("none/", f"other/rules/{rule.pk}/", f"standard/rules/{rule.pk + 1}/", "other/partners/1/end/"):
        assert admin.get(f"/manage/plans/{path}").status_code == 404
    assert other.rules.count() == 0


def test_queries_stay_the_same_at_two_sizes(cast: Cast, plan: Plan, rule: Rule, admin: Client) -> None:
    make_subscription(cast.partner, started_on=date(2026, 3, 10))
    values = typed(rate="22", age_from="1", age_last="12", reason="x")
    admin.post(f"/manage/plans/standard/rules/{rule.pk}/correct/", values)
    now = Rule.objects.get(retired_at=None)
    Rule.objects.create(plan=plan, kind="recurring", rate=30, tier=cast.tier)
    PlanAssignment.objects.create(partner=cast.partner, plan=plan, valid_from=JANUARY)
    pages = (
        "",
        "standard/",
        "standard/partners/",
        "standard/edit/",
        "standard/rules/add/",
        f"standard/rules/{now.pk}/",
        f"standard/rules/{now.pk}/correct/",
        f"standard/rules/{now.pk}/end/",
        f"standard/rules/{now.pk}/undo/",
    )

    def count() -> list[int]:
        return [counted(admin, f"/manage/plans/{page}") for page in pages]

    few = count()
    for number in range(20):
        partner = make_partner(f"more-{number}")
        Plan.objects.create(code=f"plan-{number}", name=f"Plan {number}")
        PlanAssignment.objects.create(partner=partner, plan=plan, valid_from=JANUARY)
        make_subscription(partner, started_on=date(2026, 4, 1))
        Rule.objects.create(plan=plan, kind="recurring", rate=number, role="services", age_from=number + 1,
                            age_until=number + 2)  # fmt: skip
    many = count()
    assert many == few
    assert max(many) <= 12
