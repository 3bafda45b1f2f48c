"""Leads, late wins and awards on the pages, and the command for payroll."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import CoSellAward, Credit, LateWin, Lead, LeadSkip, Registration
from deals.queries.needing import waits_for
from deals.services.awards import name_seller
from deals.services.winning import Sale, win_registration
from prm.actors import OPERATOR, RULE
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.leads import make_lead

pytestmark = pytest.mark.django_db

INBOX, LIST, AWARDS, LATE = "/portal/deals/leads/", "/manage/leads/", "/manage/awards/", "/manage/late-wins/"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(response: Any) -> str:
    return str(response.content.decode())


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def offered(cast: Cast, name: str = "Kivi Oy", **fields: Any) -> Lead:
    return make_lead(cast.partner, account=make_account(name), now=timezone.now(), contact="Aino Kivi", **fields)


def test_the_inbox_shows_the_clock_and_the_contact_only_after_a_yes(cast: Cast) -> None:
    lead = offered(cast)
    seller = cast.signed_in("seller")
    page = text(seller.get(INBOX))
    assert "1 waits for your answer." in page
    assert "Kivi Oy" in page
    assert "Due in" in page
    assert "Answer the lead Kivi Oy" in text(seller.get("/portal/"))
    one = f"{INBOX}{lead.public_id}/"
    assert "You read it once you have accepted." in text(seller.get(one))
    assert "Aino Kivi" not in text(seller.get(one))
    done = seller.post(f"{one}act/", {"act": "accept", "version": lead.version}, follow=True)
    assert "The lead is yours." in text(done)
    assert "Aino Kivi" in text(done)
    lead.refresh_from_db()
    made = seller.post(f"{one}act/", {"act": "convert", "version": lead.version}, follow=True)
    assert "The deal is registered and protected." in text(made)
    row = Registration.objects.get()
    assert made.redirect_chain[-1][0] == f"/portal/deals/{row.public_id}/"
    assert (row.status, row.origin) == ("approved", "vendor_lead")
    assert row.reference in text(seller.get(INBOX))


def test_declining_asks_for_a_reason_and_takes_the_lead_away(cast: Cast) -> None:
    lead = offered(cast)
    seller, one = cast.signed_in("seller"), f"{INBOX}{lead.public_id}/"
    silent = seller.post(f"{one}act/", {"act": "decline", "version": lead.version, "reason": ""})
    assert (silent.status_code, "Say why, in a few words." in text(silent)) == (422, True)
    assert seller.post(f"{one}act/", {"act": "decline", "version": "9", "reason": "No"}).status_code == 409
    done = seller.post(f"{one}act/", {"act": "decline", "version": lead.version, "reason": "No capacity"}, follow=True)
    assert "The lead goes to somebody else." in text(done)
    assert seller.get(one).status_code == 404
    rival = cast.signed_in("rival_seller")
    assert "Kivi Oy" in text(rival.get(one))
    assert "No capacity" not in text(rival.get(one))


def test_people_who_register_nothing_look_and_others_see_nothing(cast: Cast) -> None:
    lead = offered(cast)
    one = f"{INBOX}{lead.public_id}/"
    for who in ("finance", "marketing"):
        client = cast.signed_in(who)
        assert "Accept the lead" not in text(client.get(one))
        assert client.post(f"{one}act/", {"act": "accept", "version": "1"}).status_code == 403
    assert cast.signed_in("rival_seller").get(one).status_code == 404
    assert "Kivi Oy" not in text(cast.signed_in("rival_seller").get(INBOX))


def test_the_console_explains_why_this_partner(cast: Cast) -> None:
    manager = cast.signed_in("manager")
    family = make_family()
    make_registration(cast.rival, account=make_account("Suo Oy", domain="suo.fi"), family=family, status="approved")
    values = {"website": "kivi.fi", "company": "Kivi Oy", "country": "FI", "family": family.code, "currency": "EUR"}
    empty = manager.post(f"{LIST}new/", {})
    assert empty.status_code == 422
    done = manager.post(f"{LIST}new/", values | {"expected_mrr": "512.50", "source": "Fair"}, follow=True)
    page = text(done)
    assert "The lead was offered to Northwind IT." in page
    assert "It sells everywhere, nobody certified, 0 of 10 open leads. Of 2 equals it had never had one." in page
    lead = Lead.objects.get()
    assert (lead.manager_email, lead.source, str(lead.expected_mrr)) == ("anna@vendor.example", "Fair", "512.500000")
    blocked = text(manager.post(f"{LIST}new/", {**values, "website": "suo.fi", "company": "Suo Oy"}, follow=True))
    assert "nobody could be offered it" in blocked
    assert "Northwind IT: Protected for another partner" in blocked
    assert LeadSkip.objects.count() == 2


def test_a_manager_takes_back_hands_over_and_closes(cast: Cast) -> None:
    lead, manager = offered(cast), cast.signed_in("manager")
    path = f"{LIST}{lead.public_id}/"
    assert "Take it back" in text(manager.get(path))

    def act(**values: str) -> str:
        lead.refresh_from_db()
        return text(manager.post(f"{path}act/", {"version": str(lead.version), **values}, follow=True))

    assert "Say why." in act(act="take_back", text="")
    assert "The lead was taken back." in act(act="take_back", text="Wrong one")
    assert "Wrong one" in text(manager.get(path))
    assert "Choose a partner." in act(act="hand_over", partner="")
    assert "The lead was offered to the partner." in act(act="hand_over", partner="contoso")
    assert "Chosen by Anna Kowal." in text(manager.get(path))
    assert "The lead was closed." in act(act="close", text="Bankrupt")
    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("closed", "Bankrupt")
    stale = manager.post(f"{path}act/", {"version": "1", "act": "close", "text": "x"})
    assert stale.status_code == 409


def test_viewers_of_the_console_only_look(cast: Cast) -> None:
    lead, viewer = offered(cast), cast.signed_in("viewer")
    assert "Kivi Oy" in text(viewer.get(LIST))
    page = text(viewer.get(f"{LIST}{lead.public_id}/"))
    assert "Take it back" not in page
    assert viewer.post(f"{LIST}{lead.public_id}/act/", {"act": "close", "version": "1"}).status_code == 403
    assert viewer.get(f"{LIST}new/").status_code == 403
    for path in (AWARDS, LATE):
        assert viewer.get(path).status_code == 200
    for path in (f"{AWARDS}export/", f"{AWARDS}terms/"):
        assert viewer.post(path).status_code == 403


def test_a_late_win_is_decided_on_its_page(cast: Cast) -> None:
    sale = Sale(make_product(), 480, "EUR", date(2026, 12, 1))  # type: ignore[arg-type]
    rows = [
        make_registration(cast.partner, account=make_account(n), status="expired") for n in ("Aava Oy", "Betoni Oy")
    ]
    for row in rows:
        win_registration(registration_id=row.pk, actor=RULE, now=timezone.now(), version=None, sale=sale)
    manager = cast.signed_in("manager")
    assert "2 wait for a decision." in text(manager.get(LATE))
    silent = manager.post(f"{LATE}{rows[0].public_id}/decide/", {"act": "refuse", "text": ""})
    assert (silent.status_code, "Give the reason that the partner reads." in text(silent)) == (422, True)
    done = manager.post(f"{LATE}{rows[0].public_id}/decide/", {"act": "refuse", "text": "Ours"}, follow=True)
    assert "It counts for nobody" in text(done)
    assert "1 waits for a decision." in text(done)
    done = manager.post(f"{LATE}{rows[1].public_id}/decide/", {"act": "accept"}, follow=True)
    assert "Won: Northwind IT is credited." in text(done)
    assert (LateWin.objects.filter(decision="").count(), Credit.objects.count()) == (0, 1)
    assert manager.post(f"{LATE}{rows[1].public_id}/decide/", {"act": "accept"}).status_code == 404
    path = f"/manage/registrations/{rows[1].public_id}/undo-win/"
    rows[1].refresh_from_db()
    undone = manager.post(path, {"version": rows[1].version, "text": "Slip"}, follow=True)
    assert "The win was undone." in text(undone)
    rows[1].refresh_from_db()
    assert rows[1].status == "expired"


def test_awards_go_from_terms_to_a_file(cast: Cast) -> None:
    registration = make_registration(cast.partner, account=make_account("Kivi Oy"), status="approved")
    manager, finance = cast.signed_in("manager"), cast.signed_in("finance_person")
    path = f"/manage/registrations/{registration.public_id}/"
    assert manager.post(f"{path}seller/", {"version": "1", "name": "Ines", "email": "x"}).status_code == 422
    named = {"version": "1", "name": "=Ines", "email": "ines@vendor.example"}
    assert "The direct seller was named." in text(manager.post(f"{path}seller/", named, follow=True))
    win_registration(
        registration_id=registration.pk,
        actor=OPERATOR,
        now=timezone.now(),
        version=None,
        sale=Sale(make_product(), 480, "EUR", date(2026, 12, 1)),  # type: ignore[arg-type]
    )
    assert "No terms for that day" in text(finance.get(AWARDS))
    assert finance.post(f"{AWARDS}export/").status_code == 422
    terms = {"basis": "percent", "value": "12.5", "currency": "EUR", "valid_from": "2026-01-01"}
    assert "The terms were set." in text(finance.post(f"{AWARDS}terms/", terms, follow=True))
    assert finance.post(f"{AWARDS}terms/", terms).status_code == 422
    done = text(finance.post(f"{AWARDS}export/", follow=True))
    assert "File 1 with 1 award." in done
    file = finance.get(f"{AWARDS}exports/1.csv")
    award = CoSellAward.objects.get()
    expected = (
        "export,award,kind,seller_email,seller_name,registration,earned_on,amount,currency\r\n"
        f"1,{award},award,ines@vendor.example,'=Ines,{registration.reference},{award.earned_on},60,EUR\r\n"
    )
    assert text(file) == expected
    assert manager.get(f"{AWARDS}exports/1.csv").status_code == 403
    assert finance.get(f"{AWARDS}exports/2.csv").status_code == 404
    out = StringIO()
    call_command("export_awards", "1", stdout=out)
    assert out.getvalue() == expected
    for arguments in ((), ("7",)):
        with pytest.raises(CommandError):
            call_command("export_awards", *arguments)


def test_a_won_co_sell_deal_without_a_seller_is_asked_about(cast: Cast) -> None:
    registration = make_registration(
        cast.partner, account=make_account("Kivi Oy"), status="won", origin="co_sell", closed_on=date(2026, 11, 1)
    )
    assert "Won, and no seller named" in text(cast.signed_in("manager").get(AWARDS))
    for who, leads_to in (("manager", "seller/"), ("finance_person", "")):
        assert f'registrations/{registration.public_id}/{leads_to}"' in cast.signed_in(who).get(AWARDS).content.decode()
    name_seller(
        registration_id=registration.pk,
        name="Ines",
        email="i@v.example",
        actor=OPERATOR,
        now=timezone.now(),
        version=None,
    )


@pytest.mark.parametrize("path", [INBOX, LIST, AWARDS, LATE])
def test_queries_do_not_grow(cast: Cast, path: str) -> None:
    def add(start: int) -> None:
        for number in range(start, start + 4):
            offered(cast, f"Kivi {number} Oy")
            row = make_registration(cast.partner, account=make_account(f"Late {number} Oy"), status="expired")
            sale = Sale(make_product(), 480, "EUR", date(2026, 12, 1))  # type: ignore[arg-type]
            win_registration(registration_id=row.pk, actor=RULE, now=timezone.now(), version=None, sale=sale)
            won = make_registration(
                cast.partner, account=make_account(f"Won {number} Oy"), status="approved", origin="co_sell"
            )
            name_seller(
                registration_id=won.pk, name="I", email="i@v.example", actor=OPERATOR, now=timezone.now(), version=None
            )
            win_registration(registration_id=won.pk, actor=OPERATOR, now=timezone.now(), version=None, sale=sale)

    client = cast.signed_in("seller" if path == INBOX else "manager")
    add(0)
    few = queries(client, path)
    add(4)
    assert queries(client, path) == few
    assert few <= 12


def test_what_waits_for_a_seller_is_one_statement(cast: Cast) -> None:
    now = timezone.now()
    window = (now - timedelta(days=80), now + timedelta(days=10))
    asked = make_registration(
        cast.partner, account=make_account("Asked Oy"), status="returned", decision_reason="Which site?"
    )
    ending = make_registration(
        cast.partner,
        account=make_account("Ending Oy"),
        status="approved",
        protected=window,
        expected_mrr=Decimal(480),
        currency="EUR",
    )
    ending.events.create(kind="extended", at=now, actor="Anna", channel="admin", to_status="approved")
    make_registration(cast.partner, account=make_account("Safe Oy"), status="approved")
    make_registration(cast.rival, account=make_account("Theirs Oy"), status="returned")
    offer, accepted = offered(cast, "Open Oy"), offered(cast, "Held Oy", status="accepted")
    seller = cast.actor("seller")
    with CaptureQueriesContext(connection) as captured:
        found = waits_for(seller, now=now)
    assert len(captured) == 1
    assert {(one.kind, one.customer, one.public_id) for one in found} == {
        ("returned", asked.customer_name, asked.public_id),
        ("ending", ending.customer_name, ending.public_id),
        ("offered", "Open Oy", offer.public_id),
        ("accepted", "Held Oy", accepted.public_id),
    }
    by_kind = {one.kind: one for one in found}
    assert by_kind["returned"][3:] == (
        "Which site?",
        asked.stage,
        asked.expected_mrr,
        asked.currency,
        asked.due_at,
        None,
        False,
    )
    assert by_kind["ending"][5:] == (Decimal(480), "EUR", window[1], window[0], True)
    assert by_kind["offered"].due_at == offer.offers.get().due_at
    assert by_kind["accepted"].due_at == accepted.offers.get().register_by
    dues = [one.due_at for one in found if one.due_at]
    assert dues == sorted(dues)
    page = text(cast.signed_in("seller").get("/portal/"))
    for words in ("Answer the lead Open Oy", "Register the lead Held Oy", "“Which site?” Your queue position is kept."):
        assert words in page
    assert waits_for(cast.actor("former_owner"), now=now) == []


def test_sweeping_by_hand_says_what_it_did(cast: Cast) -> None:
    make_lead(account=make_account("Kivi Oy"), now=timezone.now() - timedelta(minutes=1))
    out = StringIO()
    call_command("sweep_leads", stdout=out)
    assert out.getvalue() == "1 offered, 0 lapsed, 0 returned\n"
    assert Lead.objects.get().partner == cast.partner
