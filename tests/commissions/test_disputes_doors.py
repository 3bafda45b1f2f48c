"""Disputes through portal, console and API: asked, answered, filtered, filed, and closed to everybody else."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from commissions.models import Adjustment, Dispute, Run, Statement
from commissions.queries.subjects import Asked, find_subject
from commissions.services.disputes import open_dispute, reply
from deals.models import Credit, MrrChange, Subscription
from prm.models import Program
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import APRIL, JANUARY, MAY, counted, install, row_path, run_months, story
from tests.factories.commissions import make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """Make the cast; statements may be questioned for ever, since the runs are of a day long past."""
    Program.objects.update(dispute_cutoff_days=30_000)
    return assemble()


def words_of(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def asked(cast: Cast, subscription: Subscription, **changes: Any) -> Dispute:
    number = Statement.objects.get(partner=cast.partner, run__period=JANUARY).number
    values: dict[str, Any] = {"statement": number, "subscription": subscription.public_id, "kind": "upfront"}
    subject = find_subject(cast.actor("owner"), Asked(**values | changes))
    assert subject is not None
    return open_dispute(subject=subject, text="Why 60 %?", actor=cast.actor("owner"), now=timezone.now())


def test_an_entry_is_asked_about_from_its_statement(cast: Cast) -> None:
    subscription = story(cast)
    number = Statement.objects.get(partner=cast.partner, run__period=JANUARY).number
    client = cast.signed_in("owner")
    page = client.get(f"/portal/statements/{number}/").content.decode()
    links = [html.unescape(link) for link in re.findall(r'href="(/portal/disputes/ask/\?[^"]+)"', page)]
    assert links == [
        f"/portal/disputes/ask/?statement={number}",
        *(
            f"/portal/disputes/ask/?statement={number}&subscription={subscription.public_id}&kind={kind}&earned=2026-01"
            for kind in ("recurring", "upfront")
        ),
    ]
    form = words_of(client.get(links[2]))
    assert "Pihlaja Dental Oy, Upfront of January 2026 €60.00" in form
    assert "100 % × 60 % × 100.00 = 60.00 EUR" in form
    answer = client.post(links[2], {"text": "Is it not 70 %?"})
    made = Dispute.objects.get()
    assert answer["Location"] == f"/portal/disputes/{made.number}/"
    assert (made.amount, made.kind, made.earned_period, made.statement, made.subscription) == (
        Decimal(60),
        "upfront",
        JANUARY,
        Statement.objects.get(number=number),
        subscription,
    )
    again = client.post(links[2], {"text": "Twice"})
    assert (again["Location"], Dispute.objects.count()) == (answer["Location"], 1)
    thread = words_of(client.get(answer["Location"]))
    assert "Is it not 70 %?" in thread
    assert "Sanna Rinne asked" in thread


def test_earnings_and_zeros_lead_there_too(cast: Cast) -> None:
    subscription = install(cast)
    MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 4, 20), mrr=0)
    make_subscription(cast.partner, customer="Saimaa Boats Oy")
    run_months(APRIL, MAY)
    client = cast.signed_in("finance")
    opened = client.get(row_path(subscription, "2026-04")).content.decode()
    assert f"ask/?month=2026-04&amp;subscription={subscription.public_id}&amp;kind=recurring" in opened
    zero = f"/portal/disputes/ask/?month=2026-05&subscription={subscription.public_id}"
    assert zero.replace("&", "&amp;") in client.get("/portal/earnings/?month=2026-05").content.decode()
    form = words_of(client.get(zero))
    assert "Pihlaja Dental Oy in May 2026 €0.00" in form
    assert "Nothing was posted for this." in form
    client.post(zero, {"text": "They still pay."})
    made = Dispute.objects.get()
    assert (made.kind, made.amount, made.earned_period, made.run.period) == ("", Decimal(0), MAY, MAY)


def test_a_whole_statement_is_asked_about(cast: Cast) -> None:
    story(cast)
    statement = Statement.objects.get(partner=cast.partner, run__period=JANUARY)
    client = cast.signed_in("owner")
    client.post(f"/portal/disputes/ask/?statement={statement.number}", {"text": "Is this all?"})
    made = Dispute.objects.get()
    assert (made.statement, made.earned_period, made.amount) == (statement, None, Decimal("68.52"))
    assert f"Statement {statement.number}" in words_of(client.get(f"/portal/disputes/{made.number}/"))


def test_after_the_last_day_the_form_says_so(cast: Cast) -> None:
    story(cast)
    Program.objects.update(dispute_cutoff_days=60)
    number = Statement.objects.get(partner=cast.partner, run__period=JANUARY).number
    client = cast.signed_in("owner")
    form = words_of(client.get(f"/portal/disputes/ask/?statement={number}"))
    assert "The last day to ask about this was 2 August 2026" in form
    refused = client.post(f"/portal/disputes/ask/?statement={number}", {"text": "x"})
    assert (refused.status_code, Dispute.objects.count()) == (422, 0)
    assert "The last was 2 August 2026" in words_of(refused)


def test_nobody_asks_about_what_is_not_theirs(cast: Cast) -> None:
    subscription = story(cast)
    alone = make_subscription(cast.rival, customer="Only Theirs")
    number = Statement.objects.get(partner=cast.partner, run__period=JANUARY).number
    theirs = Statement.objects.get(partner=cast.rival, run__period=JANUARY).number
    client = cast.signed_in("owner")
    for query in (
        f"statement={theirs}",
        f"statement={number}&subscription={alone.public_id}",
        f"month=2026-01&subscription={alone.public_id}",
        f"month=2026-11&subscription={subscription.public_id}",  # no approved run
        f"statement={number}&subscription={subscription.public_id}&earned=2026-02",  # after its month
        f"statement={number}&kind=recurring",
        "subscription=x",
        "month=2026-13",
        "kind=wine",
        "",
    ):
        assert client.get(f"/portal/disputes/ask/?{query}").status_code == 404, query
    Credit.objects.filter(partner=cast.rival).update(role="influenced")
    assert cast.signed_in("seller").get(f"/portal/disputes/ask/?statement={number}").status_code == 403


def test_a_partner_replies_withdraws_and_asks_again(cast: Cast) -> None:
    made = asked(cast, story(cast))
    reply(dispute_id=made.pk, text="Which contract?", actor=cast.actor("manager"), now=timezone.now())
    client, at = cast.signed_in("owner"), f"/portal/disputes/{made.number}/"
    home = words_of(client.get("/portal/"))
    assert "Reply to finance: Pihlaja Dental Oy, Upfront of January 2026" in home
    assert "Which contract?" in words_of(client.get(at))
    stale = client.post(f"{at}act/", {"act": "reply", "text": "This", "version": "1"})
    assert (stale.status_code, "Somebody has written in the meantime" in words_of(stale)) == (409, True)
    client.post(f"{at}act/", {"act": "reply", "text": "This", "version": "2"})
    client.post(f"{at}act/", {"act": "withdraw", "text": "", "version": "3"})
    made.refresh_from_db()
    assert (made.status, made.version) == ("withdrawn", 4)
    client.post(f"{at}act/", {"act": "reopen", "text": "No, still", "version": "4"})
    made.refresh_from_db()
    assert made.status == "open"
    assert client.post(f"{at}act/", {"act": "eat", "version": "5"}).status_code == 404
    assert cast.signed_in("rival_owner").get(at).status_code == 404


def test_the_console_lists_what_is_due_first(cast: Cast) -> None:
    subscription = story(cast)
    late, later = asked(cast, subscription), asked(cast, subscription, kind="recurring")
    Dispute.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    client = cast.signed_in("finance_person")
    page = client.get("/manage/disputes/")
    text = words_of(page)
    assert "2 wait, 1 late" in text
    body = page.content.decode()
    assert body.index(f"/manage/disputes/{late.number}/") < body.index(f"/manage/disputes/{later.number}/")
    assert "100 % × 60 % × 100.00 = 60.00 EUR" in text  # of the first, beside its thread
    assert "Disputes 2" in text
    only_late = client.get("/manage/disputes/?state=late").content.decode()
    assert f'href="/manage/disputes/{late.number}/' in only_late
    assert f'href="/manage/disputes/{later.number}/' not in only_late
    assert "No dispute matches" in words_of(client.get("/manage/disputes/?state=withdrawn"))
    rows = list(csv.DictReader(io.StringIO(client.get("/manage/disputes/disputes.csv?state=late").content.decode())))
    assert [(row["number"], row["partner"], row["about"], row["amount"], row["state"]) for row in rows] == [
        (late.number, "northwind", "Pihlaja Dental Oy, Upfront of January 2026", "60.00", "open")
    ]


def test_the_console_answers_with_reason_money_or_a_question(cast: Cast) -> None:
    subscription = story(cast)
    first, second, third = (
        asked(cast, subscription),
        asked(cast, subscription, kind="recurring"),
        asked(cast, subscription, kind=""),
    )
    client = cast.signed_in("finance_person")

    def answer(one: Dispute, **fields: str) -> Any:
        return client.post(f"/manage/disputes/{one.number}/answer/", {"version": "1", **fields})

    assert answer(first, act="explain", reason="60 % is agreed.")["Location"] == f"/manage/disputes/{second.number}/"
    wrong = answer(second, act="adjust", reason="Corrected.", amount="ten")
    assert (wrong.status_code, "Enter a number" in words_of(wrong)) == (422, True)
    assert "Corrected." in wrong.content.decode()
    answer(second, act="adjust", reason="Corrected.", amount="1,234.50", settles="on")
    answer(third, act="ask", reason="Which months?")
    assert answer(third, act="explain", reason="x").status_code == 409  # of an older reading
    assert answer(first, act="dance", reason="x", version="2").status_code == 422
    states = [(one.status, one.outcome) for one in Dispute.objects.order_by("pk")]
    assert states == [("answered", "explained"), ("answered", "adjusted"), ("waiting_for_partner", "")]
    adjustment = Adjustment.objects.get()
    assert (adjustment.amount, adjustment.settles, adjustment.reason) == (
        Decimal("1234.50"),
        True,
        f"{second.number}: Corrected.",
    )
    assert "+€1,234.50 joins the next statement" in words_of(
        cast.signed_in("owner").get(f"/portal/disputes/{second.number}/")
    )


def test_a_viewer_reads_and_does_not_answer(cast: Cast) -> None:
    made = asked(cast, story(cast))
    viewer = cast.signed_in("viewer")
    page = viewer.get(f"/manage/disputes/{made.number}/").content.decode()
    assert "Why 60 %?" in html.unescape(page)
    assert "Answer by reason" not in page
    assert viewer.post(f"/manage/disputes/{made.number}/answer/", {"act": "explain"}).status_code == 403


def test_queries_stay_few(cast: Cast) -> None:
    subscription = story(cast)
    asked(cast, subscription)
    client, owner = cast.signed_in("finance_person"), cast.signed_in("owner")

    def pages() -> list[int]:
        number = Dispute.objects.order_by("pk")[0].number
        return [
            counted(client, "/manage/disputes/"),
            counted(client, f"/manage/disputes/{number}/"),
            counted(owner, "/portal/disputes/"),
            counted(owner, f"/portal/disputes/{number}/"),
        ]

    few = pages()
    for kind in ("recurring", "expansion", "renewal"):
        asked(cast, subscription, kind=kind)
    assert pages() == few
    assert max(few) <= 12


def test_a_partners_key_asks_and_reads(cast: Cast) -> None:
    subscription = story(cast)
    key = integrator(partner=cast.partner)
    statement = Statement.objects.get(partner=cast.partner, run__period=JANUARY)
    body = {
        "statement": statement.number,
        "subscription": str(subscription.public_id),
        "kind": "upfront",
        "text": "Why?",
    }
    made = key.post("disputes", body)
    answer = made.json()
    assert made.status_code == 201
    assert (answer["number"], answer["amount"], answer["currency"], answer["status"], answer["earned_period"]) == (
        "D-000001",
        "60.00",
        "EUR",
        "open",
        "2026-01",
    )
    assert made["Location"] == f"/api/v1/disputes/{answer['id']}"
    assert [(one["act"], one["text"], one["from_partner"]) for one in answer["messages"]] == [("opened", "Why?", True)]
    twice = key.post("disputes", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "dispute_one_open_a_key")
    assert key.post("disputes", {**body, "statement": "S-999999"}).json()["code"] == "unknown_subject"
    assert key.post("disputes", {**body, "txt": "x"}).status_code == 400
    said = key.post(f"disputes/{answer['id']}/reply", {"text": "And?"})
    assert [one["act"] for one in said.json()["messages"]] == ["opened", "replied"]
    assert key.post(f"disputes/{answer['id']}/withdraw", {}).json()["status"] == "withdrawn"
    assert key.post(f"disputes/{answer['id']}/reopen", {"text": "Again"}).json()["status"] == "open"
    assert [one["number"] for one in key.get("disputes?status=open").json()["results"]] == ["D-000001"]
    assert integrator(partner=cast.rival).get(f"disputes/{answer['id']}").status_code == 404


def test_a_system_reads_and_answers_nothing(cast: Cast) -> None:
    made = asked(cast, story(cast))
    system = integrator()
    shown = system.get(f"disputes/{made.public_id}")
    assert (shown.status_code, shown.json()["partner"]) == (200, "northwind")
    for act in ("reply", "withdraw", "reopen"):
        refused = system.post(f"disputes/{made.public_id}/{act}", {"text": "x"})
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert system.post("disputes", {"text": "x"}).status_code == 403


def test_a_run_that_is_not_approved_is_not_asked_about(cast: Cast) -> None:
    subscription = story(cast)
    assert Run.objects.filter(period=MAY).count() == 0
    assert find_subject(cast.actor("owner"), Asked(month=MAY, subscription=subscription.public_id)) is None
