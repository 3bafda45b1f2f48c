"""Portal, console and API of tenders, handover, letters, objections, notes, release and other claims."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from deals.models import LetterNotice, RecordLetter, Registration, Tender
from deals.services.letters import Upload, upload_letter, verify_letter
from partners.models import ParentAssignment
from prm.actors import OPERATOR
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_registration, make_subscription
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 named"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def again(registration: Registration) -> Registration:
    return Registration.objects.select_related("holder", "family", "account").get(pk=registration.pk)


def send(client: Client, address: str, registration: Registration | None = None, **typed: Any) -> tuple[int, str]:
    """Post a form as the page would; return status and what the page says."""
    if registration is not None:
        typed["version"] = str(again(registration).version)
    answer = client.post(address, typed, follow=True)
    return answer.status_code, answer.content.decode()


def held(cast: Cast, **fields: Any) -> Registration:
    account = fields.pop("account", None) or make_account("Lumisaari Oy", domain="lumisaari.fi")
    return make_registration(cast.partner, account=account, now=timezone.now(), **fields)


def test_a_manager_releases_a_silent_customer_and_not_one_that_is_worked_on(cast: Cast) -> None:
    client = cast.signed_in("manager")
    silent = held(cast, status="approved", days_left=40)
    address = f"/manage/registrations/{silent.public_id}/steps/"
    assert "Release the customer</button>" in client.get(address).content.decode()
    assert "The customer was released." in send(client, address, silent, act="release", text="Silent.")[1]
    assert again(silent).status == "revoked"
    active = held(cast, account=make_account(), status="approved", active_at=timezone.now())
    address = f"/manage/registrations/{active.public_id}/steps/"
    page = client.get(address).content.decode()
    assert "Possible once nothing was reported for 45 days" in page
    assert "Release the customer</button>" not in page
    status, page = send(client, address, active, act="release", text="Silent.")
    assert (status, "within the last 45 days" in page) == (422, True)


def test_a_manager_takes_a_rejection_back_and_writes_notes(cast: Cast) -> None:
    client = cast.signed_in("manager")
    rejected = held(cast, status="rejected", decided_at=timezone.now())
    address = f"/manage/registrations/{rejected.public_id}/steps/"
    assert "The rejection was taken back." in send(client, address, rejected, act="reverse", text="Mistake.")[1]
    assert again(rejected).status == "submitted"
    assert "The note was written." in send(client, address, rejected, act="note", text="Called them.")[1]
    assert send(client, address, rejected, act="sing")[0] == 422
    stale = client.post(address, {"act": "note", "text": "x", "version": "1"})
    assert stale.status_code == 409


def test_a_manager_corrects_the_customer_on_the_page(cast: Cast) -> None:
    client, made = cast.signed_in("manager"), held(cast)
    backup = make_family("backup")
    address = f"/manage/registrations/{made.public_id}/steps/"
    typed = {"act": "change", "website": "haapala.fi", "family": "backup", "company": "Haapala", "country": "FI"}
    assert send(client, address, made, **{**typed, "website": ""})[0] == 422
    assert "were changed" in send(client, address, made, **typed)[1]
    changed = again(made)
    assert (changed.family, changed.website) == (backup, "haapala.fi")
    assert changed.account != made.account


def test_a_tender_is_opened_looked_at_and_closed(cast: Cast) -> None:
    client, made = cast.signed_in("manager"), held(cast, status="approved", days_left=60)
    steps = f"/manage/registrations/{made.public_id}/steps/"
    assert send(client, steps, made, act="tender", text=" ")[0] == 422
    assert "The tender is open." in send(client, steps, made, act="tender", text="Public tender.")[1]
    tender = Tender.objects.get()
    assert "A tender is open on this customer and family." in client.get(steps).content.decode()
    bid = make_registration(
        cast.rival, account=made.account, status="approved", exclusive=False, now=timezone.now(), days_left=80
    )
    address = f"/manage/tenders/{tender.public_id}/"
    page = client.get(address).content.decode()
    assert bid.reference in page
    assert made.reference not in page
    assert send(client, address, winner=str(made.public_id), text="x")[0] == 422
    assert "The tender is closed." in send(client, address, winner=str(bid.public_id), text="Best offer.")[1]
    assert Tender.objects.get().winner == bid
    listed = client.get("/manage/tenders/").content.decode()
    assert "Lumisaari Oy" in listed
    assert "Contoso Cloud" in listed


def test_a_distributor_hands_over_on_its_page(cast: Cast) -> None:
    made = held(cast, status="approved")
    address = f"/portal/deals/{made.public_id}/hand-over/"
    seller = cast.signed_in("seller")
    assert "No active partner sells under you" in seller.get(address).content.decode()
    sub = make_partner("sub", name="Subsidia")
    ParentAssignment.objects.create(partner=sub, parent=cast.partner, valid_from=date(2026, 1, 1))
    assert "Hand over to a sub-partner" in seller.get(f"/portal/deals/{made.public_id}/").content.decode()
    assert "Subsidia" in seller.get(address).content.decode()
    assert send(seller, address, made, to="contoso")[0] == 422
    assert "The deal was handed over." in send(seller, address, made, to="sub", text="Yours.")[1]
    given = again(made)
    assert (given.holder, given.distributor, given.protected) == (sub, cast.partner, made.protected)
    assert cast.signed_in("rival_seller").get(address).status_code == 404


def test_a_partner_corrects_its_deal_and_reads_the_answer(cast: Cast) -> None:
    seller, made = cast.signed_in("seller"), held(cast)
    address = f"/portal/deals/{made.public_id}/change/"
    typed = {"website": "lumisaari.fi", "family": made.family.code, "company": "Lumisaari Oy", "country": "FI"}
    make_family("backup")
    assert "lumisaari.fi" in seller.get(address).content.decode()
    assert send(seller, address, made, **{**typed, "country": "Finland"})[0] == 422
    assert "It has a new queue position." in send(seller, address, made, **{**typed, "family": "backup"})[1]
    assert again(made).family.code == "backup"
    assert cast.signed_in("marketing").get(address).status_code == 403
    assert (
        seller.get(f"/portal/deals/{held(cast, account=make_account(), status='won').public_id}/change/").status_code
        == 404
    )


def test_a_partner_writes_a_note_that_counts(cast: Cast) -> None:
    seller, made = cast.signed_in("seller"), held(cast, status="approved")
    before = timezone.now()
    said = send(seller, f"/portal/deals/{made.public_id}/act/", made, act="note", text="Met them.")[1]
    assert "Your note was sent." in said
    assert "wrote a note." in said
    active_at = again(made).active_at
    assert active_at is not None
    assert active_at >= before


def letter_form(**changes: Any) -> dict[str, Any]:
    return {
        "file": SimpleUploadedFile("letter.pdf", PDF, "application/pdf"),
        "signer_name": "Aino Virta",
        "signer_email": "aino@lumisaari.fi",
        "signed_on": "2026-11-01",
        **changes,
    }


def test_a_letter_goes_from_the_partner_over_the_incumbent_to_the_manager(cast: Cast) -> None:
    account = make_account("Lumisaari Oy", domain="lumisaari.fi")
    make_subscription(account, credited=cast.rival)
    made = held(cast, account=account)
    seller, manager, rival = (cast.signed_in(who) for who in ("seller", "manager", "rival_seller"))
    address = f"/portal/deals/{made.public_id}/letter/"
    wrong = SimpleUploadedFile("letter.pdf", b"<html>", "application/pdf")
    status, page = send(seller, address, made, **letter_form(file=wrong))
    assert (status, "A letter is a PDF, PNG or JPEG file." in page) == (422, True)
    assert "The letter was sent." in send(seller, address, made, **letter_form())[1]
    letter = RecordLetter.objects.get()
    taken = seller.get(f"/portal/deals/letters/{letter.public_id}/file/")
    assert (taken.content, taken.headers["Content-Type"]) == (PDF, "application/pdf")
    assert taken.headers["Content-Disposition"] == f'attachment; filename="letter-{made.reference}.pdf"'
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert rival.get(f"/portal/deals/letters/{letter.public_id}/file/").status_code == 404
    assert rival.get(address).status_code == 404

    page = f"/manage/letters/{letter.public_id}/"
    assert manager.get(f"{page}file/").content == PDF
    assert cast.signed_in("viewer").get(f"{page}file/").status_code == 403
    assert "Lumisaari Oy" in manager.get("/manage/letters/").content.decode()
    assert send(manager, page, act="verify", text="Called.", version="1", effective_on="soon")[0] == 422
    assert "The signer is verified." in send(manager, page, act="verify", text="Called.", version="1")[1]

    notice = LetterNotice.objects.get()
    own = f"/portal/deals/objections/{notice.public_id}/"
    for shown in (rival.get("/portal/deals/objections/"), rival.get(own)):
        text = shown.content.decode()
        assert "Lumisaari Oy" in text
        assert "Northwind" not in text
        assert made.reference not in text
    assert seller.get(own).status_code == 404
    assert send(rival, own, text=" ")[0] == 422
    assert "Your objection was sent." in send(rival, own, text="She left them.")[1]
    assert "She left them." in manager.get(page).content.decode()
    assert "The letter was refused." in send(manager, page, act="refuse", text="Not hers to sign.", version="3")[1]
    assert "Not hers to sign." in seller.get(address).content.decode()
    assert "Nothing changes" in rival.get(own).content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_lists_ask_the_same_number_of_questions(cast: Cast, django_assert_max_num_queries: Any, count: int) -> None:
    for number in range(count):
        account = make_account(f"Customer {number} Oy", domain=f"customer{number}.fi")
        make_subscription(account, credited=cast.rival)
        made = held(cast, account=account)
        upload = Upload("l.pdf", PDF, "Aino", f"a@customer{number}.fi", date(2026, 11, 1))
        letter = upload_letter(registration_id=made.pk, upload=upload, actor=OPERATOR, now=timezone.now())
        verify_letter(letter_id=letter.pk, how="x", effective_on=None, actor=OPERATOR, now=timezone.now())
        Tender.objects.create(account=account, family=made.family, reason="x", opened_at=timezone.now())
    for who, address in (
        ("manager", "/manage/letters/"),
        ("manager", "/manage/tenders/"),
        ("manager", f"/manage/registrations/{made.public_id}/steps/"),
        ("rival_seller", "/portal/deals/objections/"),
        ("seller", f"/portal/deals/{made.public_id}/letter/"),
    ):
        client = cast.signed_in(who)
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200


def test_the_api_has_the_same_steps(cast: Cast) -> None:
    crm, partner = integrator(), integrator(partner=cast.partner)
    made = held(cast, status="approved", days_left=40)
    one = f"registrations/{made.public_id}"
    assert partner.post(f"{one}/note", {"text": "Met them."}).status_code == 200
    assert partner.post(f"{one}/stage", {"stage": "proposal"}).json()["stage"] == "proposal"
    assert partner.post(f"{one}/release", {"reason": "x"}).status_code == 403
    refused = crm.post(f"{one}/release", {"reason": "Silent."})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_active")
    sub = make_partner("sub")
    assert partner.post(f"{one}/hand-over", {"to": "sub"}).json()["code"] == "not_a_sub_partner"
    ParentAssignment.objects.create(partner=sub, parent=cast.partner, valid_from=date(2026, 1, 1))
    given = partner.post(f"{one}/hand-over", {"to": "sub"}).json()
    assert (given["partner"], given["distributor"]) == ("sub", "northwind")


def test_the_api_submits_one_deal_over_several_families_and_changes_a_claim(cast: Cast) -> None:
    partner = integrator(partner=cast.partner)
    for code in ("security", "backup", "storage"):
        make_family(code)
    body: dict[str, Any] = {
        "website": "lumisaari.fi",
        "company": "Lumisaari Oy",
        "country": "FI",
        "currency": "EUR",
        "families": [{"family": "backup", "expected_mrr": "100.00"}, {"family": "security", "expected_mrr": "50.00"}],
    }
    made = partner.post("deals", body)
    assert made.status_code == 201
    rows = made.json()
    assert [(row["family"], row["expected_mrr"], row["status"]) for row in rows] == [
        ("backup", "100.00", "submitted"),
        ("security", "50.00", "submitted"),
    ]
    assert rows[0]["deal_number"] == rows[1]["deal_number"] is not None
    twice = partner.post("deals", {**body, "families": body["families"][:1] * 2})
    assert (twice.status_code, twice.json()["code"]) == (400, "family_twice")
    changed = partner.post(f"registrations/{rows[0]['id']}/change", {"family": "storage"}).json()
    assert (changed["family"], changed["status"]) == ("storage", "submitted")


def test_the_api_has_tenders_for_systems_alone(cast: Cast) -> None:
    crm, partner = integrator(), integrator(partner=cast.partner)
    account = make_account("Lumisaari Oy", external_id="001A", source_system="crm")
    make_family()
    body = {
        "account": {"source_system": "crm", "external_id": "001A"},
        "family": "security",
        "reason": "Public tender.",
    }
    assert partner.post("tenders", body).status_code == 403
    opened = crm.post("tenders", body)
    assert opened.status_code == 201
    assert opened.json()["account"] == str(account.public_id)
    again_ = crm.post("tenders", body)
    assert again_.json()["code"] == "tender_open_once"
    bid = make_registration(cast.rival, account=account, status="approved", exclusive=False)
    closed = crm.post(f"tenders/{opened.json()['id']}/close", {"reason": "Done.", "winner": str(bid.public_id)})
    assert (closed.status_code, closed.json()["winner"]) == (200, str(bid.public_id))
    assert [row["outcome"] for row in crm.get("tenders").json()["results"]] == ["Done."]


def test_the_api_has_letters_and_objections(cast: Cast) -> None:
    crm, partner, rival = integrator(), integrator(partner=cast.partner), integrator(partner=cast.rival)
    account = make_account("Lumisaari Oy", domain="lumisaari.fi")
    make_subscription(account, credited=cast.rival)
    made = held(cast, account=account)
    body = {
        "file_name": "letter.pdf",
        "content": base64.b64encode(PDF).decode(),
        "signer_name": "Aino Virta",
        "signer_email": "aino@lumisaari.fi",
        "signed_on": "2026-11-01",
    }
    address = f"registrations/{made.public_id}/letter"
    assert partner.post(address, {**body, "content": "%%%"}).status_code == 400
    sent = partner.post(address, body)
    assert (sent.status_code, sent.json()["status"]) == (201, "uploaded")
    letter = f"record-letters/{sent.json()['id']}"
    assert rival.get(letter).status_code == 404
    assert partner.post(f"{letter}/verify", {"how": "x"}).status_code == 403
    until = timezone.localdate() + timedelta(days=60)
    verified = crm.post(f"{letter}/verify", {"how": "Called.", "effective_on": until.isoformat()}).json()
    assert (verified["status"], verified["effective_on"]) == ("announced", until.isoformat())
    assert [told["partner"] for told in verified["notices"]] == ["contoso"]
    assert "notices" not in partner.get(letter).json()
    told = rival.get("letter-notices").json()["results"]
    assert [(n["customer"], n["credit_ends_on"]) for n in told] == [("Lumisaari Oy", until.isoformat())]
    assert partner.get("letter-notices").json()["results"] == []
    objected = rival.post(f"letter-notices/{told[0]['id']}/object", {"text": "No."})
    assert (objected.status_code, objected.json()["objection"]) == (200, "No.")
    decided = crm.post(f"{letter}/decide", {"holds": True, "reason": "She signs."}).json()
    assert (decided["status"], decided["decision_reason"]) == ("confirmed", "She signs.")
