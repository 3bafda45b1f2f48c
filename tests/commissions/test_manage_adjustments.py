"""Adjustments and differences on the console: entered, withdrawn, undone, decided; every button pressed twice."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from commissions.models import Adjustment, Run, StandingDifference
from commissions.services.adjustments import About, add_adjustment
from commissions.services.runs import calculate_run
from deals.models import Subscription
from prm.actors import OPERATOR
from tests.cast import Cast, assemble
from tests.commissions.test_manage_plans import text_of
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, MARCH, NOW, counted, install, run_months
from tests.factories.commissions import make_subscription
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


@pytest.fixture
def fiona(cast: Cast) -> Client:
    return cast.signed_in("finance_person")


def adjust(cast: Cast, amount: str = "25", **fields: Any) -> Adjustment:
    values = {"partner": cast.partner, "currency": "EUR", "reason": "Trade fair", "actor": OPERATOR, "now": NOW}
    return add_adjustment(amount=Decimal(amount), **{**values, **fields})


def typed(**changes: str) -> dict[str, str]:
    return {"partner": "northwind", "amount": "-12.50", "currency": "EUR", "reason": "Booked twice", **changes}


def difference(cast: Cast, subscription: Subscription, *, period: date = JANUARY, earned: str = "20") -> int:
    """List a difference of ``earned`` against 12.00 posted, and return its id."""
    run = Run.objects.order_by("number").first()
    assert run is not None
    row = StandingDifference.objects.create(
        partner=cast.partner,
        subscription=subscription,
        kind="recurring",
        currency=subscription.currency,
        earned_period=period,
        entitlement=Decimal(earned),
        posted=Decimal(12),
        first_seen_run=run,
        seen_run=run,
    )
    return row.pk


def test_an_adjustment_is_entered_once_however_often_the_button_is_pressed(cast: Cast, fiona: Client) -> None:
    assert fiona.get("/manage/adjustments/add/").status_code == 200
    for _press in range(2):
        answer = fiona.post("/manage/adjustments/add/", typed())
        assert (answer.status_code, answer["Location"]) == (302, "/manage/adjustments/")
    made = Adjustment.objects.get()
    assert (made.partner, made.amount, made.currency, made.reason, made.settles, made.created_label) == (
        cast.partner,
        Decimal("-12.50"),
        "EUR",
        "Booked twice",
        False,
        "Fiona Marsh",
    )
    page = text_of(fiona.get("/manage/adjustments/"))
    assert "1 adjustment waits for approval with a run: −€12.50." in page
    assert "For the next run" in page
    fiona.post("/manage/adjustments/add/", typed(reason="Booked three times"))
    assert Adjustment.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "0"}, "An adjustment of nothing changes nothing."),
        ({"amount": "1.005"}, "An amount in EUR has at most 2 digits after the point"),
        ({"amount": "ten"}, "Enter a number"),
        ({"reason": " "}, "This field is required."),
        ({"settles": "on"}, "names the kind, the month and, but for an accelerator, the subscription."),
        ({"subscription": "none"}, "No subscription has this id."),
        ({"earned_period": "2099-01"}, "Name a month that has begun"),
        ({"earned_period": "March"}, "Enter a month"),
        ({"partner": "nobody"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    fiona: Client, cast: Cast, changes: dict[str, str], words: str
) -> None:
    answer = fiona.post("/manage/adjustments/add/", typed(**changes))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "Booked" in answer.content.decode() or changes.get("reason") == " "
    assert not Adjustment.objects.exists()


def test_the_form_says_what_was_posted_and_what_is_left(cast: Cast, fiona: Client) -> None:
    subscription = install(cast)
    run_months(JANUARY, FEBRUARY)
    asked = typed(
        amount="2", subscription=subscription.external_id, kind="recurring", earned_period="2026-02", settles="on"
    )
    answer = fiona.post("/manage/adjustments/check/", asked)
    assert 'data-state="review"' in answer.content.decode()
    assert "Nothing is left to settle" in text_of(answer)
    assert "Posted so far: €12.00. Earned by the last look at it: €12.00." in text_of(answer)
    assert "With this adjustment −€2.00 is left." in text_of(answer)

    difference(cast, subscription, period=FEBRUARY, earned="14")
    settled = fiona.post("/manage/adjustments/check/", asked)
    assert 'data-state="available"' in settled.content.decode()
    assert "€2.00 is left to settle" in text_of(settled)
    assert "With this adjustment nothing is left." in text_of(settled)

    fiona.post("/manage/adjustments/add/", {**asked, "amount": "1"})
    waiting = text_of(fiona.post("/manage/adjustments/check/", asked))
    assert "Waiting for approval: €1.00." in waiting
    assert "€1.00 is left to settle" in waiting


def test_a_key_that_nothing_was_posted_for_is_not_called_settled(cast: Cast, fiona: Client) -> None:
    subscription = make_subscription(cast.partner)
    asked = typed(subscription=subscription.external_id, kind="recurring", earned_period="2026-02")
    answer = fiona.post("/manage/adjustments/check/", asked)
    assert 'data-state="unknown"' in answer.content.decode()
    assert "Posted so far: €0.00." in text_of(answer)
    idle = fiona.post("/manage/adjustments/check/", typed(kind="recurring"))
    assert 'data-state="idle"' in idle.content.decode()


def test_a_link_fills_in_what_it_is_about(cast: Cast, fiona: Client) -> None:
    subscription = make_subscription(cast.partner, currency="KWD")
    query = f"partner=northwind&subscription={subscription.external_id}&kind=recurring&earned_period=2026-02"
    page = fiona.get(f"/manage/adjustments/add/?{query}&currency=KWD").content.decode()
    assert '<option value="northwind" selected>' in page
    assert '<option value="KWD" selected>' in page
    assert 'value="2026-02"' in page


def test_a_withdrawal_is_undone_once(cast: Cast, fiona: Client) -> None:
    made = adjust(cast)
    url = f"/manage/adjustments/{made.public_id}/"
    answer = fiona.post(f"{url}withdraw/")
    assert answer.status_code == 302
    page = text_of(fiona.get(answer["Location"]))
    assert 'Withdrawn: <bdi class="num" dir="ltr">€25.00</bdi> for Northwind IT.' in page
    assert "Undo" in page
    twice = fiona.post(f"{url}withdraw/")
    assert twice.status_code == 409
    assert "This adjustment has been withdrawn already." in text_of(twice)

    assert fiona.post(f"{url}again/").status_code == 302
    assert "entered again already" in text_of(fiona.post(f"{url}again/"))
    waiting = Adjustment.objects.pending().get()
    assert (waiting.amount, waiting.reason, waiting.pk != made.pk) == (Decimal(25), "Trade fair", True)
    assert fiona.post(f"/manage/adjustments/{waiting.public_id}/again/").status_code == 409


def test_undoing_the_withdrawal_of_a_settlement_settles_again(cast: Cast, fiona: Client) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    pk = difference(cast, subscription)
    fiona.post("/manage/differences/decide/", {"settle_one": f"{pk}:8"})
    made = Adjustment.objects.get()
    fiona.post(f"/manage/adjustments/{made.public_id}/withdraw/")
    assert StandingDifference.objects.get().decision == ""
    fiona.post(f"/manage/adjustments/{made.public_id}/again/")
    row = StandingDifference.objects.get()
    assert (row.decision, row.adjustment) == ("settled", Adjustment.objects.pending().get())


def test_an_approved_adjustment_stays(cast: Cast, fiona: Client) -> None:
    install(cast)
    made = adjust(cast)
    run_months(JANUARY)
    assert "1 run" not in text_of(fiona.get("/manage/adjustments/?state=waiting"))
    page = text_of(fiona.get("/manage/adjustments/?state=approved&partner=northwind&currency=EUR&settles=no"))
    assert "1–1 of 1 adjustments" in page
    assert "Withdraw<" not in page
    answer = fiona.post(f"/manage/adjustments/{made.public_id}/withdraw/")
    assert answer.status_code == 409
    assert "stands on a statement" in text_of(answer)


def test_a_run_shows_what_is_approved_with_it(cast: Cast, fiona: Client) -> None:
    install(cast)
    adjust(cast)
    adjust(cast, "-5.50")
    calculate_run(period=JANUARY, actor=cast.actor("manager"), now=NOW)
    page = text_of(fiona.get("/manage/runs/1/"))
    assert "approved with the run" in page
    assert "2 adjustments" in page
    assert "+€19.50" in page
    assert 'href="/manage/adjustments/?run=1"' in page
    assert "1–2 of 2 adjustments" in text_of(fiona.get("/manage/adjustments/?run=1"))
    assert "No adjustment matches" in text_of(fiona.get("/manage/adjustments/?run=2"))


def test_the_file_has_amounts_as_numbers_and_runs_no_formula(cast: Cast, fiona: Client) -> None:
    subscription = make_subscription(cast.partner)
    about = About(subscription=subscription, kind="recurring", earned_period=FEBRUARY)
    adjust(cast, "-12.5", reason="=1+1", settles=True, about=about)
    (line,) = csv.DictReader(io.StringIO(fiona.get("/manage/adjustments/adjustments.csv").content.decode()))
    assert (line["amount"], line["reason"], line["state"], line["earned_period"], line["subscription"]) == (
        "-12.50",
        "'=1+1",
        "waiting",
        "2026-02",
        subscription.external_id,
    )
    empty = fiona.get("/manage/adjustments/adjustments.csv?state=approved").content.decode()
    assert len(empty.splitlines()) == 1


def test_a_difference_is_settled_by_one_click_and_not_twice(cast: Cast, fiona: Client) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    pk = difference(cast, subscription)
    page = text_of(fiona.get("/manage/differences/"))
    assert "1 difference lies outside the correction window and waits for a decision: +€8.00." in page
    assert f'value="{pk}:8"' in page
    answer = fiona.post("/manage/differences/decide/?currency=EUR", {"settle_one": f"{pk}:8"})
    assert (answer.status_code, answer["Location"]) == (302, "/manage/differences/?currency=EUR")
    made = Adjustment.objects.get()
    assert (made.amount, made.settles, made.reason) == (
        Decimal(8),
        True,
        "Difference of January 2026, learnt after its correction window",
    )
    again = fiona.post("/manage/differences/decide/", {"settle_one": f"{pk}:8"})
    assert again.status_code == 409
    assert "has been decided, or is none any more" in text_of(again)
    assert "Settled" in text_of(fiona.get("/manage/differences/?decision=settled"))
    assert Adjustment.objects.count() == 1


def test_many_are_decided_at_once_each_for_itself(cast: Cast, fiona: Client) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    first = difference(cast, subscription)
    second = difference(cast, subscription, period=FEBRUARY, earned="13")
    third = difference(cast, subscription, period=MARCH, earned="10")
    rows = [f"{first}:8", f"{second}:2"]  # the second has another amount by now
    without = fiona.post("/manage/differences/decide/", {"row": rows, "accept": "1"})
    assert without.status_code == 422
    assert "Say why the difference is left as it is." in text_of(without)
    answer = fiona.post("/manage/differences/decide/", {"row": rows, "accept": "1", "reason": "Agreed in May"})
    assert answer.status_code == 409
    assert "1 difference is left as posted." in text_of(answer)
    assert "The difference is another one by now." in text_of(answer)
    assert list(StandingDifference.objects.order_by("pk").values_list("decision", "reason")) == [
        ("accepted", "Agreed in May"),
        ("", ""),
        ("", ""),
    ]
    done = fiona.post("/manage/differences/decide/", {"row": [f"{second}:1", f"{third}:-2"], "settle": "1"})
    assert done.status_code == 302
    assert "2 differences are settled by adjustments" in text_of(fiona.get(done["Location"]))
    assert list(Adjustment.objects.order_by("pk").values_list("amount", flat=True)) == [Decimal(1), Decimal(-2)]


@pytest.mark.parametrize("rows", [{}, {"row": "x"}, {"row": "1:"}, {"settle_one": "x:1"}, {"row": "1:NaN"}])
def test_a_decision_about_nothing_is_refused_in_words(cast: Cast, fiona: Client, rows: dict[str, str]) -> None:
    answer = fiona.post("/manage/differences/decide/", {**rows, "settle": "1"})
    assert answer.status_code in {409, 422}
    assert "Not everything was done" in text_of(answer)


def test_differences_are_filtered_and_taken_away(cast: Cast) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    difference(cast, subscription)
    viewer = cast.signed_in("viewer")
    assert "Nothing waits" not in text_of(viewer.get("/manage/differences/"))
    assert "Settle ticked" not in text_of(viewer.get("/manage/differences/"))
    assert "No difference matches" in text_of(viewer.get("/manage/differences/?kind=upfront"))
    assert "No difference matches" in text_of(viewer.get("/manage/differences/?partner=contoso"))
    (line,) = csv.DictReader(io.StringIO(viewer.get("/manage/differences/differences.csv").content.decode()))
    assert (line["partner"], line["earned"], line["posted"], line["difference"], line["customer"]) == (
        "northwind",
        "20.00",
        "12.00",
        "8.00",
        "Pihlaja Dental Oy",
    )


@pytest.mark.parametrize("name", ["viewer", "admin", "owner", "rival_owner"])
def test_roles_decide_who_may_press(cast: Cast, name: str) -> None:
    made = adjust(cast)
    client = cast.signed_in(name)
    for path in (
        "adjustments/add/",
        "adjustments/check/",
        f"adjustments/{made.public_id}/withdraw/",
        f"adjustments/{made.public_id}/again/",
        "differences/decide/",
    ):
        assert client.post(f"/manage/{path}", typed()).status_code == 403
    assert Adjustment.objects.pending().count() == 1
    for path in ("adjustments/", "adjustments/adjustments.csv", "differences/", "differences/differences.csv"):
        answer = client.get(f"/manage/{path}")
        assert answer.status_code == (403 if "owner" in name else 200)
        assert ("Trade fair" in answer.content.decode()) == ("owner" not in name and "adjustments" in path)


def test_no_decision_is_a_get(cast: Cast, fiona: Client) -> None:
    made = adjust(cast)
    for path in (f"adjustments/{made.public_id}/withdraw/", f"adjustments/{made.public_id}/again/"):
        assert fiona.get(f"/manage/{path}").status_code == 405
    assert fiona.get("/manage/differences/decide/").status_code == 405


def test_queries_stay_the_same_at_two_sizes(cast: Cast, fiona: Client) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    calculate_run(period=FEBRUARY, actor=cast.actor("manager"), now=NOW)
    adjust(cast)
    difference(cast, subscription)
    pages = ("adjustments/", "adjustments/add/", "differences/", "runs/2/")

    def count() -> list[int]:
        calculate_run(period=FEBRUARY, actor=cast.actor("manager"), now=NOW)
        return [counted(fiona, f"/manage/{page}") for page in pages]

    few = count()
    for number in range(20):
        partner = make_partner(f"more-{number}")
        adjust(cast, partner=partner, about=About(subscription=make_subscription(partner)))
        difference(cast, make_subscription(cast.partner))
    many = count()
    assert many == few
    assert max(many) <= 12
