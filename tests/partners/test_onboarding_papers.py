"""Files for steps of an onboarding: who sends, who reads, what is taken, and what completes the step."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from partners.models import (
    Activity,
    ChecklistStep,
    ChecklistTemplate,
    Onboarding,
    OnboardingPaper,
    OnboardingStep,
    Partner,
    StatusPeriod,
)
from partners.queries.onboarding import open_onboardings, progress_of
from partners.services.onboarding import assign_step, begin_onboarding, complete_step, sweep_onboardings
from partners.services.onboarding_papers import accept_papers, add_papers, remove_paper, return_papers
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.files.receiving import Upload
from prm.models import AuditEvent, OutboxMessage, User
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
A_PDF = b"%PDF-1.7 a paper"
PORTAL, CONSOLE = "/portal/onboarding/", "/manage/partners/onboarding/"
SCOPES = ("onboarding:read", "onboarding:write")


@pytest.fixture(autouse=True)
def kept_aside(settings: Any, tmp_path: Path) -> Path:
    settings.ATTACHMENTS_ROOT = str(tmp_path / "attachments")
    return tmp_path / "attachments"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


@pytest.fixture
def step(cast: Cast) -> OnboardingStep:
    """Begin the onboarding of a newcomer, Northwind's people its own, with one required step that asks for files."""
    template = ChecklistTemplate.objects.create(type="reseller", version=2)
    ChecklistStep.objects.create(template=template, title="Insurance certificate", asks_files=True, due_days=7)
    newcomer = Partner.objects.create(
        code="newcomer", name="Newcomer", type="reseller", status="onboarding", manager_email="anna@vendor.example"
    )
    StatusPeriod.objects.create(partner=newcomer, status="onboarding", valid_from=TODAY)
    for person in (cast.owner, cast.seller, cast.finance, cast.marketing):
        person.memberships.update(partner=newcomer)
    begin_onboarding(partner=newcomer, now=NOW)
    return OnboardingStep.objects.get(onboarding__partner=newcomer)


def a_pdf(name: str = "insurance.pdf", more: str = "") -> Upload:
    return Upload(name, A_PDF + more.encode())


def sent(name: str = "insurance.pdf", content: bytes = A_PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def files_in(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def seen(step: OnboardingStep) -> set[UUID]:
    return set(step.papers.exclude(state="returned").values_list("public_id", flat=True))


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def text(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", content_of(page).decode().replace("\N{NO-BREAK SPACE}", " ")).split())


def mails() -> list[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(topic="mail").order_by("pk")
    return [(row.payload["to"], row.payload["subject"]) for row in rows]


# What completes a step


def test_files_complete_their_step_once_they_are_accepted_and_the_last_required_one_activates(
    cast: Cast, step: OnboardingStep
) -> None:
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    step.refresh_from_db()
    assert (paper.state, step.done_on, Partner.objects.get(code="newcomer").status) == ("waiting", None, "onboarding")
    assert mails() == [("anna@vendor.example", "Files of Newcomer to look at")]

    accept_papers(step_id=step.pk, seen=seen(step), actor=cast.actor("manager"), now=NOW + DAY)

    step.refresh_from_db()
    paper.refresh_from_db()
    assert (step.done_on, step.done_by) == (TODAY + DAY, "Anna Kowal")
    assert (paper.state, paper.decided_at, paper.decided_label) == ("accepted", NOW + DAY, "Anna Kowal")
    newcomer = Partner.objects.get(code="newcomer")
    assert (newcomer.status, newcomer.activated_on) == ("active", TODAY + DAY)
    assert set(Activity.objects.filter(partner=newcomer).values_list("kind", "object")) == {
        ("onboarding_papers_sent", "Insurance certificate"),
        ("onboarding_papers_accepted", "Insurance certificate"),
        ("partner_activated", ""),
    }
    trail = AuditEvent.objects.filter(action__startswith="onboarding.paper").order_by("pk")
    assert list(trail.values_list("action", "actor")) == [
        ("onboarding.paper_kept", "Sanna Rinne"),
        ("onboarding.paper_accepted", "Anna Kowal"),
    ]
    assert trail[0].data == {
        "step": "Insurance certificate", "name": "insurance.pdf", "size": len(A_PDF), "sha256": paper.digest,
    }  # fmt: skip


def test_such_a_step_is_not_marked_by_hand(cast: Cast, step: OnboardingStep) -> None:
    for who in ("owner", "manager"):
        with pytest.raises(DomainError) as refused:
            complete_step(step_id=step.pk, actor=cast.actor(who), now=NOW)
        assert refused.value.code == "by_files"


def test_files_that_are_sent_back_tell_owners_why_and_others_take_their_place(cast: Cast, step: OnboardingStep) -> None:
    User.objects.filter(pk=cast.owner.pk).update(language="pl")
    [first] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    return_papers(step_id=step.pk, seen=seen(step), reason=" It ended in May. ", actor=cast.actor("manager"), now=NOW)
    first.refresh_from_db()
    assert (first.state, first.reason) == ("returned", "It ended in May.")
    told = OutboxMessage.objects.filter(topic="mail").order_by("-pk")[0].payload
    assert (told["to"], told["language"], "It ended in May." in told["text"]) == ("sanna@northwind.example", "pl", True)

    [second] = add_papers(
        step_id=step.pk, uploads=[a_pdf("new.pdf", "2")], actor=cast.actor("owner"), now=NOW, replaces=first.public_id
    )
    assert list(step.papers.all()) == [second]
    [again] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    return_papers(step_id=step.pk, seen=seen(step), reason="No.", actor=cast.actor("manager"), now=NOW)
    [once_more] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    assert (once_more.state, once_more.digest) == ("waiting", again.digest)
    assert set(step.papers.values_list("state", "name")) == {("returned", "new.pdf"), ("waiting", "insurance.pdf")}


def test_what_was_accepted_can_be_sent_back_until_the_partner_is_active(cast: Cast, step: OnboardingStep) -> None:
    OnboardingStep.objects.create(onboarding=step.onboarding, title="Call us", due_on=TODAY)
    manager = cast.actor("manager")
    add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    accept_papers(step_id=step.pk, seen=seen(step), actor=manager, now=NOW)
    return_papers(step_id=step.pk, seen=seen(step), reason="Not signed.", actor=manager, now=NOW)
    step.refresh_from_db()
    assert (step.done_on, step.done_by, step.papers.get().state) == (None, "", "returned")

    add_papers(step_id=step.pk, uploads=[a_pdf("signed.pdf", "s")], actor=cast.actor("owner"), now=NOW)
    accept_papers(step_id=step.pk, seen=seen(step), actor=manager, now=NOW)
    complete_step(step_id=OnboardingStep.objects.get(title="Call us").pk, actor=manager, now=NOW)
    assert Partner.objects.get(code="newcomer").status == "active"
    with pytest.raises(DomainError) as over:
        return_papers(step_id=step.pk, seen=seen(step), reason="Late.", actor=manager, now=NOW)
    assert over.value.code == "wrong_state"


def test_a_decision_is_about_the_files_that_were_looked_at(cast: Cast, step: OnboardingStep) -> None:
    add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    shown = seen(step)
    add_papers(step_id=step.pk, uploads=[a_pdf("more.pdf", "2")], actor=cast.actor("owner"), now=NOW)
    for page in (shown, set(), {uuid4()}):
        with pytest.raises(StaleError):
            accept_papers(step_id=step.pk, seen=page, actor=cast.actor("manager"), now=NOW)
        with pytest.raises(StaleError):
            return_papers(step_id=step.pk, seen=page, reason="x", actor=cast.actor("manager"), now=NOW)
    assert set(step.papers.values_list("state", flat=True)) == {"waiting"}
    with pytest.raises(DomainError) as silent:
        return_papers(step_id=step.pk, seen=seen(step), reason=" ", actor=cast.actor("manager"), now=NOW)
    assert silent.value.code == "reason_missing"
    assert len(mails()) == 1  # told once, while nobody has looked


def test_while_files_are_looked_at_the_step_is_ours(cast: Cast, step: OnboardingStep) -> None:
    add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    sweep_onboardings(now=NOW + 9 * DAY)
    assert [subject for _to, subject in mails()] == ["Files of Newcomer to look at"]
    [row] = open_onboardings(actor=cast.actor("manager"), on=TODAY, which="files")
    assert (row.partner.code, row.to_look_at) == ("newcomer", 1)
    return_papers(step_id=step.pk, seen=seen(step), reason="No.", actor=cast.actor("manager"), now=NOW)
    assert open_onboardings(actor=cast.actor("manager"), on=TODAY, which="files") == []
    sweep_onboardings(now=NOW + 9 * DAY)
    assert mails()[-1] == ("sanna@northwind.example", "Steps of Newcomer that are overdue")


# Who


def test_who_sends_who_decides(cast: Cast, step: OnboardingStep) -> None:
    ours = OnboardingStep.objects.create(
        onboarding=step.onboarding, title="Contract", due_on=TODAY, side="vendor", asks_files=True
    )
    for who in (
        "seller",
        "finance",
        "marketing",
        "rival_owner",
        "former_owner",
        "stranger",
        "viewer",
        "finance_person",
    ):
        with pytest.raises(NotAllowedError):
            add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor(who), now=NOW)
    with pytest.raises(NotAllowedError):
        add_papers(step_id=ours.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("manager"), now=NOW)
    assert (paper.state, mails()) == ("waiting", [])
    for who in ("owner", "seller", "rival_owner", "viewer", "finance_person", "stranger"):
        actor = cast.actor(who)
        with pytest.raises(NotAllowedError):
            accept_papers(step_id=step.pk, seen=seen(step), actor=actor, now=NOW)
        with pytest.raises(NotAllowedError):
            return_papers(step_id=step.pk, seen=seen(step), reason="x", actor=actor, now=NOW)
    for who in ("seller", "rival_owner", "viewer"):
        with pytest.raises(NotAllowedError):
            remove_paper(paper_id=paper.pk, actor=cast.actor(who), now=NOW)
    add_papers(step_id=ours.pk, uploads=[a_pdf()], actor=cast.actor("admin"), now=NOW)
    accept_papers(step_id=ours.pk, seen=seen(ours), actor=cast.actor("admin"), now=NOW)
    ours.refresh_from_db()
    assert ours.done_by == "Ada Berg"


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("owner", True), ("seller", False), ("finance", False), ("marketing", False), ("rival_owner", False),
        ("former_owner", False), ("stranger", False), ("manager", True), ("second_manager", True), ("admin", True),
        ("finance_person", True), ("viewer", False),
    ],
)  # fmt: skip
def test_who_reads_a_file(cast: Cast, step: OnboardingStep, who: str, reads: bool) -> None:
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    internal = bool(getattr(cast, who).roles)
    path = f"{CONSOLE if internal else PORTAL}files/{paper.public_id}/"
    answer = cast.signed_in(who).get(path)
    assert OnboardingPaper.objects.visible_to(cast.actor(who)).exists() is reads
    assert answer.status_code == 200 if reads else answer.status_code in {403, 404}
    content_of(answer)
    assert Client().get(path).status_code == 302


def test_a_file_is_given_as_a_download_that_no_browser_opens_as_a_page(cast: Cast, step: OnboardingStep) -> None:
    upload = Upload("../../Zażółć <b>.html", A_PDF + b"<script>alert(1)</script>")
    [paper] = add_papers(step_id=step.pk, uploads=[upload], actor=cast.actor("owner"), now=NOW)
    assert (paper.name, paper.media_type) == ("Zażółć b.pdf", "application/pdf")
    for who, door in (("owner", PORTAL), ("manager", CONSOLE)):
        answer = cast.signed_in(who).get(f"{door}files/{paper.public_id}/")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cache-Control"] == "private, no-store"
        assert content_of(answer) == upload.content


# What is taken


@pytest.mark.parametrize(
    ("uploads", "code"),
    [
        ([], "no_files"),
        ([Upload("x.pdf", b"")], "file_empty"),
        ([Upload("x.pdf", b"MZ a program")], "file_kind"),
        ([Upload("x.pdf", b"<svg onload=alert(1)>")], "file_kind"),
        ([Upload("x.docx", b"PK\x03\x04[Content_Types].xml word/document.xml vbaProject.bin")], "file_kind"),
        ([Upload("x.pdf", A_PDF + b"0" * (10 * 1024 * 1024))], "file_too_large"),
        ([a_pdf(more=str(n)) for n in range(11)], "too_many_files"),
        ([a_pdf(), Upload("x.exe", b"MZ")], "file_kind"),
    ],
)
def test_files_that_are_not_taken(
    cast: Cast, step: OnboardingStep, kept_aside: Path, uploads: list[Upload], code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        add_papers(step_id=step.pk, uploads=uploads, actor=cast.actor("owner"), now=NOW)
    assert (refused.value.code, step.papers.count(), files_in(kept_aside)) == (code, 0, [])


def test_ten_files_are_the_most_and_the_same_is_one(cast: Cast, step: OnboardingStep, kept_aside: Path) -> None:
    nine = [a_pdf(more=str(n)) for n in range(9)]
    add_papers(step_id=step.pk, uploads=[*nine, nine[0]], actor=cast.actor("owner"), now=NOW)
    with pytest.raises(DomainError) as refused:
        add_papers(step_id=step.pk, uploads=[a_pdf(more="a"), a_pdf(more="b")], actor=cast.actor("owner"), now=NOW)
    assert (refused.value.code, step.papers.count(), len(files_in(kept_aside))) == ("too_many_files", 9, 9)


def test_the_scanner_looks_first_and_strangers_do_not_make_it_work(
    cast: Cast, step: OnboardingStep, settings: Any, kept_aside: Path, tmp_path: Path
) -> None:
    owner = cast.actor("owner")
    settings.ATTACHMENT_SCANNER = "grep -q -v paper"
    with pytest.raises(DomainError) as infected:
        add_papers(step_id=step.pk, uploads=[a_pdf()], actor=owner, now=NOW)
    settings.ATTACHMENT_SCANNER = "/nowhere/scanner"
    with pytest.raises(DomainError) as silent:
        add_papers(step_id=step.pk, uploads=[a_pdf()], actor=owner, now=NOW)
    assert (infected.value.code, silent.value.code) == ("file_refused", "scan_failed")
    looked = tmp_path / "looked"
    settings.ATTACHMENT_SCANNER = f"tee {looked}"
    with pytest.raises(NotAllowedError):
        add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("rival_owner"), now=NOW)
    assert not looked.exists()
    add_papers(step_id=step.pk, uploads=[a_pdf()], actor=owner, now=NOW)
    assert (looked.read_bytes(), files_in(kept_aside)) == (A_PDF, [A_PDF])


@pytest.mark.parametrize(
    ("change", "code"),
    [("suspended", "wrong_state"), ("done", "wrong_state"), ("asks none", "no_files_here"), ("closed", "closed")],
)
def test_when_no_files_are_taken(cast: Cast, step: OnboardingStep, change: str, code: str) -> None:
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    if change == "suspended":
        with transaction.atomic():
            Partner.objects.filter(code="newcomer").update(status="active", activated_on=TODAY)
            Partner.objects.filter(code="newcomer").update(status="suspended")
    elif change == "done":
        OnboardingStep.objects.filter(pk=step.pk).update(done_on=TODAY)
    elif change == "asks none":
        OnboardingStep.objects.filter(pk=step.pk).update(asks_files=False)
    else:
        Onboarding.objects.update(closed_at=NOW, closed_reason="Gone.")
    for who in ("owner", "manager"):
        with pytest.raises(DomainError) as refused:
            add_papers(step_id=step.pk, uploads=[a_pdf(more="2")], actor=cast.actor(who), now=NOW)
        assert refused.value.code == code
        with pytest.raises(DomainError) as kept:
            remove_paper(paper_id=paper.pk, actor=cast.actor(who), now=NOW)
        assert kept.value.code == code


@pytest.mark.django_db(transaction=True)
def test_a_removed_file_is_gone_and_one_that_failed_leaves_nothing(
    cast: Cast, step: OnboardingStep, kept_aside: Path
) -> None:
    owner = cast.actor("owner")
    [first] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=owner, now=NOW)
    [second] = add_papers(
        step_id=step.pk, uploads=[a_pdf("b.pdf", "2")], actor=owner, now=NOW, replaces=first.public_id
    )  # fmt: skip
    assert files_in(kept_aside) == [A_PDF + b"2"]
    with pytest.raises(StaleError):
        add_papers(step_id=step.pk, uploads=[a_pdf(more="3")], actor=owner, now=NOW, replaces=first.public_id)
    assert files_in(kept_aside) == [A_PDF + b"2"]
    remove_paper(paper_id=second.pk, actor=owner, now=NOW)
    assert files_in(kept_aside) == []
    assert list(AuditEvent.objects.filter(action="onboarding.paper_removed").values_list("data__name", flat=True)) == [
        "insurance.pdf", "b.pdf",
    ]  # fmt: skip


# What the database keeps


def test_the_database_keeps_content_and_what_was_accepted(cast: Cast, step: OnboardingStep) -> None:
    OnboardingStep.objects.create(onboarding=step.onboarding, title="Call us", due_on=TODAY)
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    rows = OnboardingPaper.objects.filter(pk=paper.pk)
    for change in ({"name": "x.pdf"}, {"digest": "0" * 64}, {"file": "00/other"}, {"size": 1}, {"uploaded_at": NOW}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    for wrong in ({"state": "returned", "decided_at": NOW}, {"state": "accepted"}, {"state": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        OnboardingStep.objects.filter(pk=step.pk).update(fact="agreement")
    accept_papers(step_id=step.pk, seen=seen(step), actor=cast.actor("manager"), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    assert rows.get().state == "accepted"


# Pages


def test_an_owner_sends_by_the_page_and_a_channel_manager_decides_on_the_partners(
    cast: Cast, step: OnboardingStep
) -> None:
    owner, manager = cast.signed_in("owner"), cast.signed_in("manager")
    path = f"{PORTAL}{step.public_id}/files/"
    assert "Send the files" in text(owner.get(PORTAL))
    assert "is not a PDF, PNG or JPEG file" in text(owner.post(path, {"papers": [sent(content=b"MZ")]}, follow=True))
    assert "This field is required." in text(owner.post(path, follow=True))
    page = text(owner.post(path, {"papers": [sent(), sent("b.pdf", A_PDF + b"2")]}, follow=True))
    assert "The files were sent. We look at them and tell you." in page
    assert "We are looking at the files." in page
    assert "insurance.pdf" in page
    assert "insurance.pdf" not in text(cast.signed_in("seller").get(PORTAL))
    assert cast.signed_in("seller").post(path, {"papers": [sent("c.pdf")]}).status_code == 403
    assert cast.signed_in("rival_owner").post(path, {"papers": [sent("c.pdf")]}).status_code == 404

    console = text(manager.get("/manage/partners/newcomer/"))
    assert "Accept the files" in console
    assert "insurance.pdf" not in text(cast.signed_in("viewer").get("/manage/partners/newcomer/"))
    assert "Files to look at" in text(manager.get(f"{CONSOLE}?which=files"))
    act = f"{CONSOLE}{step.public_id}/files/"
    assert cast.signed_in("viewer").post(act, {"act": "accept"}).status_code == 403
    stale = manager.post(act, {"act": "accept", "seen": ["nonsense"]}, follow=True)
    assert "The files of this step have changed meanwhile." in text(stale)
    back = manager.post(act, {"act": "return", "seen": list(seen(step)), "reason": "Not ours."}, follow=True)
    assert "The files were sent back." in text(back)
    page = text(owner.get(PORTAL))
    assert "Why: Not ours." in page
    assert "Files were sent back: read why, and send others." in page

    first = step.papers.order_by("pk")[0]
    owner.post(f"{PORTAL}files/{first.public_id}/")
    owner.post(path, {"papers": [sent("good.pdf", A_PDF + b"3")], "replaces": step.papers.get().public_id})
    assert list(step.papers.values_list("name", "state")) == [("good.pdf", "waiting")]
    manager.post(act, {"papers": [sent("ours.pdf", A_PDF + b"4")]})
    done = manager.post(act, {"act": "accept", "seen": list(seen(step))}, follow=True)
    assert "The files are accepted, and the step is done." in text(done)
    assert "ours.pdf" in text(manager.get("/manage/partners/newcomer/"))  # listed for good
    assert "good.pdf" in text(owner.get(PORTAL))
    kept = step.papers.order_by("pk")[0]
    assert "its files stay as they are" in text(owner.post(f"{PORTAL}files/{kept.public_id}/", follow=True))
    assert step.papers.count() == 2


def test_somebody_who_looks_through_an_owners_seat_reads_and_changes_nothing(cast: Cast, step: OnboardingStep) -> None:
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    manager = cast.signed_in("manager")
    manager.post(f"/manage/partners/newcomer/people/{cast.owner.public_id}/view-as/")
    assert content_of(manager.get(f"{PORTAL}files/{paper.public_id}/")) == A_PDF
    assert (
        manager.post(f"{PORTAL}{step.public_id}/files/", {"papers": [sent("x.pdf", A_PDF + b"2")]}).status_code == 403
    )
    assert manager.post(f"{PORTAL}files/{paper.public_id}/").status_code == 403
    assert list(step.papers.all()) == [paper]


def test_the_pages_ask_as_often_for_many_files_as_for_one(cast: Cast, step: OnboardingStep) -> None:
    from tests.deals.test_portal_form import queries  # noqa: PLC0415 - counts a page's queries

    owner, manager = cast.signed_in("owner"), cast.signed_in("manager")
    pages = ((owner, PORTAL), (manager, "/manage/partners/newcomer/"), (manager, CONSOLE))
    add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    few = [queries(client, path) for client, path in pages]
    for n in range(4):
        more = OnboardingStep.objects.create(
            onboarding=step.onboarding, title=f"Paper {n}", due_on=TODAY, asks_files=True
        )
        add_papers(
            step_id=more.pk, uploads=[a_pdf(more=f"{n}{m}") for m in range(5)], actor=cast.actor("owner"), now=NOW
        )
    assert [queries(client, path) for client, path in pages] == few
    assert max(few[0], few[2]) <= 12


# API


def key(*, partner: Partner | None = None, scopes: tuple[str, ...] = SCOPES) -> Integrator:
    return integrator(partner=partner, scopes=scopes)


def delete(client: Integrator, path: str) -> Any:
    return client.client.delete(f"/api/v1/{path}", headers={"authorization": f"Bearer {client.text}"})


def body(content: bytes = A_PDF, **more: Any) -> dict[str, Any]:
    return {"file_name": "x.pdf", "content": base64.b64encode(content).decode(), **more}


def test_the_api_lists_sends_gives_and_removes(cast: Cast, step: OnboardingStep) -> None:
    newcomer = step.onboarding.partner
    own, system = key(partner=newcomer), key()
    [shown] = own.get("onboarding-steps").json()["results"]
    assert (shown["title"], shown["asks_files"], shown["is_required"], shown["papers"]) == (
        "Insurance certificate", True, True, [],
    )  # fmt: skip
    assert "assignee_email" not in shown
    answer = own.post(f"onboarding-steps/{step.public_id}/papers", body())
    assert answer.status_code == 201
    [paper] = answer.json()["papers"]
    assert (paper["file_name"], paper["media_type"], paper["size"], paper["state"], paper["partner"]) == (
        "x.pdf", "application/pdf", len(A_PDF), "waiting", "newcomer",
    )  # fmt: skip
    assert system.get("onboarding-papers?state=waiting&partner=newcomer").json()["results"] == [paper]
    assert system.get("onboarding-papers?state=accepted").json()["results"] == []
    given = own.get(f"onboarding-papers/{paper['id']}/content")
    assert content_of(given) == A_PDF
    assert (given["Content-Type"], given["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert given["Content-Disposition"] == 'attachment; filename="x.pdf"'
    other = own.post(f"onboarding-steps/{step.public_id}/papers", body(A_PDF + b"2", replaces=paper["id"])).json()
    assert [row["id"] for row in other["papers"]] != [paper["id"]]
    assert delete(own, f"onboarding-papers/{other['papers'][0]['id']}").status_code == 204
    assert system.post(f"onboarding-steps/{step.public_id}/papers", body()).status_code == 201
    assert own.post(f"onboarding-steps/{step.public_id}/papers", body(b"MZ")).json()["code"] == "file_kind"
    assert own.post(f"onboarding-steps/{step.public_id}/done").json()["code"] == "by_files"


def test_large_files_come_by_the_api_and_larger_ones_do_not(cast: Cast, step: OnboardingStep) -> None:
    own = key(partner=step.onboarding.partner)
    path = f"onboarding-steps/{step.public_id}/papers"
    most = A_PDF + b"0" * (10 * 1024 * 1024 - len(A_PDF))
    assert own.post(path, body(most), idempotency_key="one").status_code == 201
    too_much = own.post(path, body(most + b"0" * 1_000_000))
    assert (too_much.status_code, too_much.json()["code"]) == (413, "too_large")
    elsewhere = own.post("accounts", {"x": "0" * 3_000_000})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (413, "too_large")


def test_other_keys_see_and_reach_nothing(cast: Cast, step: OnboardingStep) -> None:
    [paper] = add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    rival, reader = key(partner=cast.rival), key(partner=step.onboarding.partner, scopes=("onboarding:read",))
    nothing = key(partner=step.onboarding.partner, scopes=("tiers:read",))
    assert rival.get("onboarding-steps").json()["results"] == []
    assert rival.get("onboarding-papers").json()["results"] == []
    for path in (f"onboarding-papers/{paper.public_id}", f"onboarding-papers/{paper.public_id}/content"):
        assert rival.get(path).status_code == 404
        assert nothing.get(path).status_code == 403
        answer = reader.get(path)
        assert (answer.status_code, bool(content_of(answer))) == (200, True)
    assert delete(rival, f"onboarding-papers/{paper.public_id}").status_code == 404
    assert delete(reader, f"onboarding-papers/{paper.public_id}").status_code == 403
    for client, status in ((rival, 404), (reader, 403)):
        assert client.post(f"onboarding-steps/{step.public_id}/papers", body()).status_code == status
        assert client.post(f"onboarding-steps/{step.public_id}/done").status_code == status
    assert list(step.papers.all()) == [paper]


def test_the_checklist_brings_one_such_step_and_copies_it(cast: Cast) -> None:
    partner = Partner.objects.create(code="plain", name="Plain", type="referral", status="onboarding")
    begin_onboarding(partner=partner, now=NOW)
    [found] = OnboardingStep.objects.filter(onboarding__partner=partner, asks_files=True)
    assert (found.title, found.required, found.due_on) == ("Send the company registration", False, TODAY + 21 * DAY)
    progress = progress_of(actor=cast.actor("manager"), partner_id=partner.pk, on=TODAY)
    assert progress is not None
    assert progress.to_look_at == 0


def test_a_step_is_assigned_to_a_channel_manager_who_is_told_of_its_files(cast: Cast, step: OnboardingStep) -> None:
    manager, path = cast.signed_in("manager"), f"{CONSOLE}{step.public_id}/assign/"
    assert "Assign Insurance certificate" in text(manager.get("/manage/partners/newcomer/"))
    assert "Assign" not in text(cast.signed_in("viewer").get("/manage/partners/newcomer/"))
    assert cast.signed_in("viewer").post(path, {"manager": "piotr@vendor.example"}).status_code == 403
    page = text(manager.post(path, {"manager": "Piotr@vendor.example "}, follow=True))
    assert "The step is assigned." in page
    assert "piotr@vendor.example" in page
    for nobody in ("ada@vendor.example", "sanna@northwind.example", "nobody@vendor.example"):
        assert "Choose a channel manager." in text(manager.post(path, {"manager": nobody}, follow=True))
    step.refresh_from_db()
    assert step.assignee_email == "piotr@vendor.example"
    event = AuditEvent.objects.get(action="onboarding.step_assigned")
    assert event.data == {"step": "Insurance certificate", "from": "", "to": "piotr@vendor.example"}
    add_papers(step_id=step.pk, uploads=[a_pdf()], actor=cast.actor("owner"), now=NOW)
    assert mails() == [("piotr@vendor.example", "Files of Newcomer to look at")]

    for who in ("owner", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            assign_step(step_id=step.pk, manager_email="", actor=cast.actor(who), now=NOW)
    assert assign_step(step_id=step.pk, manager_email="", actor=cast.actor("admin"), now=NOW).assignee_email == ""
    accept_papers(step_id=step.pk, seen=seen(step), actor=cast.actor("manager"), now=NOW)
    with pytest.raises(DomainError) as done:
        assign_step(step_id=step.pk, manager_email="", actor=cast.actor("manager"), now=NOW)
    assert done.value.code == "wrong_state"
