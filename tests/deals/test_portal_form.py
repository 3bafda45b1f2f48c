"""The form of the portal: a draft that saves itself, a guess, several families, files, and the board."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import Attachment, DraftChoices, Registration
from deals.portal.guessing import Guess, guess
from prm.files.kinds import DOCX, JPEG, PDF, PNG, kind_of
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_registration

pytestmark = pytest.mark.django_db

LIST, NEW = "/portal/deals/", "/portal/deals/new/"
AUTOSAVE, CHECK = "/portal/deals/autosave/", "/portal/deals/check/"
A_PDF = b"%PDF-1.7 a letter"


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    make_family("backup")
    make_family("security")
    return made


@pytest.fixture(autouse=True)
def kept_aside(settings: Any, tmp_path: Path) -> Path:
    settings.ATTACHMENTS_ROOT = str(tmp_path / "attachments")
    return tmp_path / "attachments"


def text(response: Any) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return str(response.content.decode())


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "website": "lumisaari.fi",
        "family": "security",
        "company": "Lumisaari Oy",
        "country": "FI",
        "expected_mrr": "480.00",
        "currency": "EUR",
        "expected_close_on": timezone.localdate().strftime("%Y-%m"),
        "contact": "",
        **fields,
    }


def hidden(response: Any) -> dict[str, str]:
    return dict(re.findall(r'name="(draft_id|version)" value="([^"]+)"', text(response)))


def test_a_form_that_saved_itself_unseen_submits_its_draft(cast: Cast) -> None:
    seller, key = cast.signed_in("seller"), "0123456789abcdef0123456789abcdef"
    seller.post(AUTOSAVE, typed(form_key=key))
    draft = Registration.objects.get()
    seller.post(NEW, typed(form_key=key))
    submitted = Registration.objects.get()
    assert (submitted.pk, submitted.status) == (draft.pk, "submitted")
    seller.post(AUTOSAVE, typed(form_key=key))
    assert Registration.objects.count() == 1


def test_a_draft_saves_itself_as_one_types(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    assert "A draft holds no queue position" in text(seller.post(AUTOSAVE, {"website": "", "family": "security"}))
    assert not Registration.objects.exists()
    first = seller.post(AUTOSAVE, {"website": "lumi", "family": "security", "expected_mrr": "much"})
    draft = Registration.objects.get()
    assert "Draft saved at" in text(first)
    assert "not yet: Expected monthly revenue" in text(first)
    assert first["HX-Replace-Url"] == f"{LIST}{draft.public_id}/edit/"
    assert (draft.status, draft.website, draft.expected_mrr) == ("draft", "lumi", None)
    second = seller.post(AUTOSAVE, typed(also="backup", wait="on", **hidden(first)))
    draft.refresh_from_db()
    assert (draft.company, str(draft.expected_mrr), draft.version) == ("Lumisaari Oy", "480.000000", 2)
    choices = DraftChoices.objects.get()
    assert (choices.families, choices.wait, choices.saved_by) == (["backup"], True, cast.seller)
    page = text(seller.get(f"{LIST}{draft.public_id}/edit/"))
    assert 'value="Lumisaari Oy"' in page
    assert re.search(r'value="backup"[^>]*checked', page)
    seller.post(AUTOSAVE, typed(also="backup", wait="on", **hidden(second)))
    draft.refresh_from_db()
    assert draft.version == 2  # nothing had changed
    assert AuditEvent.objects.filter(action="registration.draft_saved").count() == 2


def test_nobody_overwrites_a_colleague(cast: Cast) -> None:
    seller, owner = cast.signed_in("seller"), cast.signed_in("owner")
    mine = hidden(seller.post(AUTOSAVE, typed()))
    owner.post(AUTOSAVE, typed(company="Lumisaari Group Oy", **mine))
    stale = seller.post(AUTOSAVE, typed(company="Mine Oy", **mine))
    assert stale.status_code == 409
    assert "Somebody else changed this registration." in text(stale)
    assert Registration.objects.get().company == "Lumisaari Group Oy"
    rival = cast.signed_in("rival_seller").post(AUTOSAVE, typed(company="Rival", **mine))
    assert rival.status_code == 200  # a draft of their own: the other's is not theirs to see
    assert Registration.objects.get(holder=cast.partner).company == "Lumisaari Group Oy"


def test_a_save_on_its_way_does_not_refuse_the_button(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    first = hidden(seller.post(AUTOSAVE, typed(company="L")))
    seller.post(AUTOSAVE, typed(company="Lumisaari", **first))
    answer = seller.post(NEW, typed(**first), follow=True)
    assert answer.status_code == 200
    assert Registration.objects.get().status == "submitted"


def test_a_late_submission_of_a_stale_draft_is_refused(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    first = hidden(seller.post(AUTOSAVE, typed(company="L")))
    seller.post(AUTOSAVE, typed(company="Lumisaari", **first))
    DraftChoices.objects.update(saved_at=timezone.now() - timedelta(minutes=1))
    assert seller.post(NEW, typed(**first)).status_code == 422
    assert Registration.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("website", "expected"),
    [
        ("https://www.narew-mleko.pl/kontakt", Guess("Narew Mleko", "PL")),
        ("shop.example.co.uk", Guess("Example", "GB")),
        ("acme.io", Guess("Acme", "")),
        ("xn--mnchen-3ya.de", Guess("München", "DE")),
        ("lumisaari.com", Guess("Lumisaari", "")),
        ("lumisaari", Guess()),
    ],
)
def test_the_guess_comes_from_the_domain(cast: Cast, website: str, expected: Guess) -> None:
    make_account("What we know Oy", domain="narew-mleko.pl")
    make_registration(cast.rival, account=make_account("A rival’s Oy", domain="acme.io"), website="acme.io")
    assert guess(cast.actor("seller"), website) == expected


def test_the_guess_knows_what_the_partner_registered(cast: Cast) -> None:
    make_registration(cast.partner, website="acme.io", company="Acme Robotics GmbH", country="DE")
    assert guess(cast.actor("seller"), "acme.io") == Guess("Acme Robotics GmbH", "DE")


def test_a_check_fills_what_is_empty_and_leaves_what_was_typed(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    asked = {"website": "narew-mleko.pl", "family": "security"}
    empty = text(seller.post(CHECK, {**asked, "guessed_country": "FI", "country": "FI"}))
    assert 'value="Narew Mleko"' in empty
    assert '<option value="PL" selected>' in empty
    kept = text(seller.post(CHECK, {**asked, "company": "SM Narew", "country": "DE"}))
    assert "slot-company" not in kept
    assert "slot-country" not in kept


def test_several_families_are_one_act(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    draft = hidden(seller.post(AUTOSAVE, typed()))
    answer = seller.post(NEW, typed(also=["backup", "security"], **draft), follow=True)
    first, second = Registration.objects.order_by("pk").select_related("family")
    assert (first.family.code, first.status) == ("security", "submitted")
    assert (second.family.code, second.status) == ("backup", "submitted")
    assert first.deal_number == second.deal_number is not None
    assert "Backup: In review." in text(answer)


def test_several_families_pressed_twice_are_one_deal(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    for _press in range(2):
        seller.post(NEW, typed(also=["backup"]))
    assert Registration.objects.count() == 2


def paper(name: str = "letter.pdf", content: bytes = A_PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_files_come_with_the_form_and_go_to_those_who_may(cast: Cast, kept_aside: Path) -> None:
    seller = cast.signed_in("seller")
    seller.post(NEW, typed(papers=[paper("../../Zażółć <b>.exe"), paper("again.pdf")]))
    kept = Attachment.objects.get()
    assert (kept.name, kept.media_type, kept.size) == ("Zażółć b.pdf", "application/pdf", len(A_PDF))
    assert [path.read_bytes() for path in kept_aside.rglob("*") if path.is_file()] == [A_PDF]
    deal = kept.registration
    portal = f"{LIST}{deal.public_id}/files/{kept.public_id}/"
    console = f"/manage/registrations/{deal.public_id}/files/{kept.public_id}/"
    given = seller.get(portal)
    assert text(given) == A_PDF.decode()
    assert given["Content-Disposition"].startswith("attachment;")
    assert given["X-Content-Type-Options"] == "nosniff"
    assert given["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert text(cast.signed_in("manager").get(console)) == A_PDF.decode()
    assert "Zażółć b.pdf" in text(cast.signed_in("manager").get(f"/manage/registrations/{deal.public_id}/"))
    for who in ("rival_owner", "former_owner", "stranger"):
        assert cast.signed_in(who).get(portal).status_code in {403, 404}
        assert cast.signed_in(who).get(console).status_code == 403
    assert Client().get(portal).status_code == 302


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (A_PDF, PDF),
        (b"\x89PNG\r\n\x1a\n..", PNG),
        (b"\xff\xd8\xff..", JPEG),
        (b"PK\x03\x04[Content_Types].xml word/document.xml", DOCX),
        (b"PK\x03\x04[Content_Types].xml word/document.xml vbaProject.bin", None),
        (b"PK\x03\x04 anything", None),
        (b"MZ\x90 a program", None),
        (b"<svg onload=alert(1)>", None),
        (b" %PDF-", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, kind: object) -> None:
    assert kind_of(content) == kind


def test_a_bad_file_refuses_the_form_and_nothing_is_kept(cast: Cast, kept_aside: Path) -> None:
    seller = cast.signed_in("seller")
    answer = seller.post(NEW, typed(papers=[paper(), paper("tool.pdf", b"MZ a program")]))
    assert answer.status_code == 422
    assert "“tool.pdf” is not a PDF, PNG or JPEG file" in text(answer)
    large = BytesIO(A_PDF + b"0" * (10 * 1024 * 1024))
    large.name = "large.pdf"
    assert "A file may have at most 10 MB." in text(seller.post(NEW, typed(papers=[large])))
    many = [paper(f"{number}.pdf", A_PDF + bytes([number])) for number in range(11)]
    assert "Attach at most 10 files." in text(seller.post(NEW, typed(papers=many)))
    assert not Registration.objects.exists()
    assert not kept_aside.exists()


def test_the_scanner_of_the_settings_looks_first(cast: Cast, settings: Any, kept_aside: Path) -> None:
    seller = cast.signed_in("seller")
    settings.ATTACHMENT_SCANNER = "grep -q -v letter"
    answer = seller.post(NEW, typed(papers=[paper()]))
    assert "“letter.pdf” was refused by the virus scanner." in text(answer)
    settings.ATTACHMENT_SCANNER = "/nowhere/scanner"
    assert "Files cannot be checked at the moment." in text(seller.post(NEW, typed(papers=[paper()])))
    assert not Registration.objects.exists()
    assert not kept_aside.exists()
    settings.ATTACHMENT_SCANNER = "grep -q letter"
    seller.post(NEW, typed(papers=[paper()]))
    assert Attachment.objects.count() == 1


def test_files_are_added_later_and_leave_drafts_alone(cast: Cast, kept_aside: Path) -> None:
    seller = cast.signed_in("seller")
    draft = hidden(seller.post(AUTOSAVE, typed()))
    page = f"{LIST}{draft['draft_id']}/"
    seller.post(f"{page}files/", {"papers": [paper()]})
    kept = Attachment.objects.get()
    console = f"/manage/registrations/{draft['draft_id']}/files/{kept.public_id}/"
    assert cast.signed_in("manager").get(console).status_code == 404
    assert cast.signed_in("rival_owner").post(f"{page}files/{kept.public_id}/").status_code == 404
    assert cast.signed_in("marketing").post(f"{page}files/{kept.public_id}/").status_code == 302
    assert Attachment.objects.exists()
    seller.post(f"{page}files/{kept.public_id}/")
    assert not Attachment.objects.exists()
    seller.post(NEW, typed(**draft))
    assert "The files were attached." in text(seller.post(f"{page}files/", {"papers": [paper()]}, follow=True))
    seller.post(f"{page}files/{Attachment.objects.get().public_id}/")
    assert Attachment.objects.exists()
    refused = seller.post(f"{page}files/", {"papers": [paper("x.pdf", b"nothing")]}, follow=True)
    assert "is not a PDF, PNG or JPEG file" in text(refused)


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_board_moves_a_deal_by_one_click(cast: Cast) -> None:
    now = timezone.now()
    deal = make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved", now=now)
    make_registration(cast.rival, account=make_account("Rival Oy"), status="approved", now=now)
    seller, board = cast.signed_in("seller"), f"{LIST}?view=board"
    page = text(seller.get(board))
    assert "Haapala Oy" in page
    assert "Rival Oy" not in page
    assert "60 days left" in page
    assert "You can ask once for 30 more days." in page
    form = {"act": "stage", "stage": "proposal", "version": "1", "back": "board"}
    moved = seller.post(f"{LIST}{deal.public_id}/act/", form)
    assert moved["Location"] == f"{board}#deal-{deal.pk}"
    alive = {"act": "alive", "version": "2", "back": "board"}
    assert "we know that you are at work on it" in text(seller.post(f"{LIST}{deal.public_id}/act/", alive, follow=True))
    deal.refresh_from_db()
    assert deal.stage == "proposal"
    assert deal.active_at is not None
    assert 'name="stage"' not in text(cast.signed_in("marketing").get(board))


@pytest.mark.parametrize("path", [f"{LIST}?view=board", NEW])
def test_queries_do_not_grow(cast: Cast, path: str) -> None:
    now = timezone.now()
    make_registration(cast.partner, status="approved", now=now)
    seller = cast.signed_in("seller")
    few = queries(seller, path)
    for _number in range(8):
        make_registration(cast.partner, status="approved", now=now)
        make_registration(cast.partner)
    assert queries(seller, path) == few
    assert few <= 12
