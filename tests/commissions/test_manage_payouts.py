"""The payouts board: looked at before it is prepared, sent, written down by hand; finance alone."""

from __future__ import annotations

import csv
import io
import time
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client

from commissions.models import CarriedForward, Payout, PayoutBatch, Plan
from commissions.providers.interface import Outcome, OutcomeState
from commissions.queries.ledger import payable_of
from commissions.services.contradictions import note_contradiction
from commissions.services.payout_batches import prepare_payouts
from prm.actors import OPERATOR
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.commissions.test_manage_plans import text_of
from tests.commissions.test_portal_earnings import NOW, counted
from tests.factories.money import owe
from tests.factories.partners import make_partner
from tests.factories.payees import make_method, make_payable, make_tax_form

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 3)


@pytest.fixture
def cast() -> Cast:
    cast = assemble()
    Plan.objects.create(code="standard", name="Standard", is_default=True, minimum_payout=50, minimum_currency="EUR")
    return cast


@pytest.fixture
def fiona(cast: Cast) -> Client:
    return cast.signed_in("finance_person")


def story(cast: Cast) -> None:
    """Northwind can be paid 200.00, of which 10 % is withheld; Contoso lacks its account and is below the minimum."""
    make_payable(cast.partner, rate="10")
    owe(northwind="200 EUR", contoso="40 EUR")


def batch(cast: Cast) -> PayoutBatch:
    story(cast)
    made = prepare_payouts(as_of=DAY, actor=OPERATOR, now=NOW)
    assert made is not None
    return made


def seen(client: Client) -> str:
    fingerprint = client.get(f"/manage/payouts/prepare/?as_of={DAY}").context["seen"]
    assert isinstance(fingerprint, str)
    return fingerprint


def test_the_preview_says_who_is_paid_who_is_not_and_where_it_is_mended(cast: Cast, fiona: Client) -> None:
    story(cast)
    page = text_of(fiona.get(f"/manage/payouts/prepare/?as_of={DAY}"))
    assert "1 payout: €180.00. 1 balance is carried forward." in page
    assert "€20.00" in page
    assert 'The balance is below the minimum payout of the plan. <a href="/manage/plans/standard/">Plan</a>' in page
    assert 'There is no payout method for this currency. <a href="/manage/partners/contoso/payout-details/">' in page
    assert not PayoutBatch.objects.exists()


def test_exactly_what_was_seen_is_prepared_and_once(cast: Cast, fiona: Client) -> None:
    story(cast)
    values = {"as_of": f"{DAY}", "seen": seen(fiona)}
    answer = fiona.post("/manage/payouts/prepare/", values)
    made = PayoutBatch.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/manage/payouts/{made.number}/")
    payout = Payout.objects.get()
    assert (payout.gross, payout.withheld, payout.net, made.created_label) == (
        Decimal(200),
        Decimal(20),
        Decimal(180),
        "Fiona Marsh",
    )
    assert payable_of(cast.partner.pk, "EUR") == 0
    again = fiona.post("/manage/payouts/prepare/", values)
    assert again.status_code == 409
    assert "The balances are not the ones that you saw." in text_of(again)
    nothing = fiona.post("/manage/payouts/prepare/", {**values, "seen": seen(fiona)})
    assert nothing.status_code == 422
    assert PayoutBatch.objects.count() == 1


def test_a_balance_that_changed_since_is_not_prepared_unseen(cast: Cast, fiona: Client) -> None:
    story(cast)
    values = {"as_of": f"{DAY}", "seen": seen(fiona)}
    owe(northwind="1 EUR")
    answer = fiona.post("/manage/payouts/prepare/", values)
    assert answer.status_code == 409
    assert "€180.90" in text_of(answer)
    assert not PayoutBatch.objects.exists()


def test_the_board_and_a_batch_show_how_far_it_is(cast: Cast, fiona: Client) -> None:
    assert "Nothing has been paid yet" in text_of(fiona.get("/manage/payouts/"))
    made = batch(cast)
    board = text_of(fiona.get("/manage/payouts/"))
    assert "1 payout has no outcome yet." in board
    page = text_of(fiona.get(f"/manage/payouts/{made.number}/"))
    assert "Submit 1 payout" in page
    assert "Contoso Cloud" in page
    assert "€180.00" in page
    assert "No payout is in this state" in text_of(fiona.get(f"/manage/payouts/{made.number}/?state=paid"))
    assert fiona.get(f"/manage/payouts/{made.number + 1}/").status_code == 404


def test_what_a_batch_carried_forward_is_paged_beside_the_payouts(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    few = len(CarriedForward.objects.filter(batch=made))
    CarriedForward.objects.bulk_create(
        CarriedForward(batch=made, partner=make_partner(f"more-{number:02}"), currency="EUR", payable=number + 1,
                       reasons=["below_minimum"])
        for number in range(30)
    )  # fmt: skip
    first = text_of(fiona.get(f"/manage/payouts/{made.number}/"))
    assert f"1–25 of {30 + few} balances" in first
    assert 'href="?carried=2"' in first
    second = fiona.get(f"/manage/payouts/{made.number}/?carried=2")
    assert len(second.context["carried"]) == 5 + few
    assert len(second.context["rows"]) == 1


def test_a_day_that_is_past_is_prepared_with_a_warning(cast: Cast, fiona: Client) -> None:
    story(cast)
    assert "This day is past" in text_of(fiona.get(f"/manage/payouts/prepare/?as_of={DAY}"))
    assert "This day is past" not in text_of(fiona.get("/manage/payouts/prepare/"))
    said = io.StringIO()
    call_command("prepare_payouts", "--as-of", "2026-06-03", stdout=io.StringIO(), stderr=said)
    assert said.getvalue().startswith("2026-06-03 is past: accounts, tax forms and withholding are taken as they were")


def test_a_batch_says_which_payouts_would_not_be_sent_today_and_does_not_wait_for_them(
    cast: Cast, fiona: Client
) -> None:
    make_method(cast.partner)
    make_tax_form(cast.partner, kind="w8ben_e", expires_on=date(2026, 6, 4))
    owe(northwind="200 EUR")
    made = prepare_payouts(as_of=DAY, actor=OPERATOR, now=NOW)
    assert made is not None
    page = f"/manage/payouts/{made.number}/"
    shown = text_of(fiona.get(page))
    assert "The tax form has expired." in shown
    assert 'href="/manage/partners/northwind/payout-details/"' in shown
    assert fiona.get(f"{page}progress/?sent={int(time.time())}")["HX-Redirect"] == page
    make_tax_form(cast.partner)
    assert "The tax form has expired." not in text_of(fiona.get(page))


def test_submitting_asks_a_worker_and_waits_for_it(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    answer = fiona.post(f"/manage/payouts/{made.number}/submit/", follow=True)
    assert "1 payout is still to be sent." in text_of(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    progress = f"/manage/payouts/{made.number}/progress/"
    assert fiona.get(f"{progress}?sent={int(time.time())}").status_code == 200
    late = fiona.get(f"{progress}?sent={int(time.time()) - 61}").content.decode()
    assert "No worker has taken them yet." in late
    assert "every 2s" not in late
    attempted("prepared")
    done = fiona.get(f"{progress}?sent={int(time.time())}")
    assert done["HX-Redirect"] == f"/manage/payouts/{made.number}/"
    assert "HX-Redirect" in fiona.get(f"{progress}?sent=x")


def test_a_batch_in_which_nothing_waits_is_not_submitted(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    payout = Payout.objects.get()
    fiona.post(f"/manage/payouts/{made.number}/{payout.number}/cancel/", {"reason": "Wrong account"})
    refused = fiona.post(f"/manage/payouts/{made.number}/submit/")
    assert refused.status_code == 409
    assert "Nothing of this batch waits to be sent any more." in text_of(refused)


def attempted(status: str = "submitted") -> Payout:
    at = {"submitted_at": NOW} if status != "prepared" else {}
    Payout.objects.update(status=status, attempts=1, attempted_at=NOW, **at)
    return Payout.objects.get()


def test_a_result_is_written_down_with_how_one_knows(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    payout = attempted()
    url = f"/manage/payouts/{made.number}/{payout.number}/record/"
    assert fiona.get(url).status_code == 200
    assert fiona.post(url, {"result": "paid"}).status_code == 422
    answer = fiona.post(url, {"result": "paid", "reference": "B-77", "reason": "Bank statement of 4 June"})
    assert answer.status_code == 302
    payout.refresh_from_db()
    assert (payout.status, payout.provider_reference) == ("paid", "B-77")
    event = AuditEvent.objects.get(action="payout.recorded_by_hand")
    assert (event.reason, event.data, event.object_id) == ("Bank statement of 4 June", {"state": "paid"}, payout.pk)
    returned = fiona.post(url, {"result": "returned", "reason": "The account is closed"})
    assert returned.status_code == 302
    assert payable_of(cast.partner.pk, "EUR") == 200
    late = fiona.post(url, {"result": "returned", "reason": "again"})
    assert late.status_code == 409
    assert "Nothing can be written down" in text_of(late)


@pytest.mark.parametrize(
    ("status", "choices"), [("prepared", ["paid", "failed"]), ("submitted", ["paid", "failed", "returned"])]
)
def test_only_what_can_follow_is_offered(cast: Cast, fiona: Client, status: str, choices: list[str]) -> None:
    made = batch(cast)
    payout = attempted(status)
    form = fiona.get(f"/manage/payouts/{made.number}/{payout.number}/record/").context["form"]
    assert [code for code, _word in form.fields["result"].choices] == choices


def test_a_payout_that_was_never_sent_is_given_up_not_recorded(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    payout = Payout.objects.get()
    url = f"/manage/payouts/{made.number}/{payout.number}/"
    assert fiona.post(f"{url}record/", {"result": "paid", "reason": "x"}).status_code == 409
    assert fiona.get(f"{url}cancel/").status_code == 200
    assert fiona.post(f"{url}cancel/", {"reason": " "}).status_code == 422
    assert fiona.post(f"{url}cancel/", {"reason": "Wrong account"}).status_code == 302
    payout.refresh_from_db()
    assert (payout.status, payout.reason) == ("failed", "Wrong account")
    assert fiona.post(f"{url}cancel/", {"reason": "again"}).status_code == 409
    assert payable_of(cast.partner.pk, "EUR") == 200


def test_one_that_was_sent_is_not_given_up(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    payout = attempted("prepared")
    page = text_of(fiona.get(f"/manage/payouts/{made.number}/"))
    assert "No answer" in page
    answer = fiona.post(f"/manage/payouts/{made.number}/{payout.number}/cancel/", {"reason": "x"})
    assert answer.status_code == 409
    assert "This payout has been sent." in text_of(answer)


def test_the_files_say_the_same(cast: Cast, fiona: Client) -> None:
    story(cast)
    preview = fiona.get(f"/manage/payouts/preview.csv?as_of={DAY}").content.decode()
    lines = list(csv.DictReader(io.StringIO(preview)))
    assert [(line["partner"], line["net"], line["paid"], line["reasons"]) for line in lines] == [
        ("northwind", "180.00", "yes", ""),
        ("contoso", "", "no", "below_minimum;no_payout_method;no_tax_form"),
    ]
    made = prepare_payouts(as_of=DAY, actor=OPERATOR, now=NOW)
    assert made is not None
    (line,) = csv.DictReader(io.StringIO(fiona.get(f"/manage/payouts/{made.number}/payouts.csv").content.decode()))
    assert (line["partner"], line["gross"], line["withheld"], line["net"], line["state"]) == (
        "northwind",
        "200.00",
        "20.00",
        "180.00",
        "prepared",
    )


@pytest.mark.parametrize("name", ["viewer", "manager", "admin", "owner", "rival_owner"])
def test_finance_alone_sees_and_pays(cast: Cast, name: str) -> None:
    made = batch(cast)
    payout = attempted()
    client = cast.signed_in(name)
    reads = ("", "prepare/", "preview.csv", f"{made.number}/", f"{made.number}/payouts.csv")
    for path in reads:
        answer = client.get(f"/manage/payouts/{path}")
        assert answer.status_code == 403
        assert "180.00" not in answer.content.decode()
    acts = ("prepare/", f"{made.number}/submit/", f"{made.number}/{payout.number}/record/")
    for path in (*acts, f"{made.number}/{payout.number}/cancel/"):
        assert client.post(f"/manage/payouts/{path}", {"result": "paid", "reason": "x"}).status_code == 403
    payout.refresh_from_db()
    assert (payout.status, PayoutBatch.objects.count()) == ("submitted", 1)


def test_no_payment_is_a_get(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    assert fiona.get(f"/manage/payouts/{made.number}/submit/").status_code == 405


def test_the_board_shows_what_a_provider_contradicts_until_somebody_settles_it(cast: Cast, fiona: Client) -> None:
    batch(cast)
    assert "The provider says otherwise" not in text_of(fiona.get("/manage/payouts/"))
    outcome = Outcome(key=Payout.objects.get().idempotency_key, state=OutcomeState.PAID, reference="T7")
    row = note_contradiction(outcome=outcome, actor=OPERATOR, now=NOW)
    assert row is not None
    page = f"/manage/payouts/contradictions/{row.public_id}/"
    board = text_of(fiona.get("/manage/payouts/"))
    assert "The provider says otherwise" in board
    assert f'href="{page}"' in board
    assert fiona.post(page, {"reason": ""}).status_code == 422
    answer = fiona.post(page, {"reason": "The bank had mixed them up"}, follow=True)
    assert "Settled: P-000001." in text_of(answer)
    assert "The provider says otherwise" not in text_of(answer)
    assert fiona.get(page).status_code == 404
    row.refresh_from_db()
    assert (row.closed_label, row.closed_reason) == ("Fiona Marsh", "The bank had mixed them up")


def test_queries_stay_the_same_at_two_sizes(cast: Cast, fiona: Client) -> None:
    made = batch(cast)
    owe(northwind="100 EUR")
    payout = Payout.objects.get()
    pages = (
        "",
        f"prepare/?as_of={DAY}",
        f"{made.number}/",
        f"{made.number}/{payout.number}/cancel/",
    )

    def count() -> list[int]:
        return [counted(fiona, f"/manage/payouts/{page}") for page in pages]

    few, more = count(), dict[str, str]()
    for number in range(15):
        partner = make_partner(f"more-{number}")
        make_payable(partner, currency="EUR")
        more[partner.code.replace("-", "_")] = "90 EUR" if number % 2 else "90 PLN"
        CarriedForward.objects.create(batch=made, partner=partner, currency="USD", payable=1, reasons=["below_minimum"])
    owe(**more)
    prepare_payouts(as_of=date(2026, 6, 4), actor=OPERATOR, now=NOW)
    owe(contoso="70 CHF")
    many = count()
    assert many == few
    assert max(many) <= 12
