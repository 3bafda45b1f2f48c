"""Partner-of-record letters: the customer's choice (deal rules, section 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deals.models import Account, Credit, LetterFile, LetterNotice, RecordLetter, Registration
from deals.policy import RuleSettings, evaluate
from deals.policy.record import Stretch, in_force_from, media_type_of, taken_over
from deals.queries.evidence import Question, gather
from deals.queries.letters import letters_for, letters_to_handle, notices_for
from deals.services.letters import Upload, decide_letter, object_to_letter, upload_letter, verify_letter
from deals.services.settling_letters import settle_letters
from deals.services.submission import save_draft, submit_registration
from partners.models import Partner, PartnerStatus
from prm.errors import DomainError, NotAllowedError
from prm.models import AuditEvent, OutboxMessage, Program
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_account, make_registration, make_subscription

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 We name Northwind IT as our partner."
LETTER = Upload("letter.pdf", PDF, "Aino Virta", "aino@lumisaari.fi", date(2026, 11, 20))
UNTIL = datetime(2026, 12, 7, 10, 42, tzinfo=UTC)
"""Ten business days after a Monday at 10:42."""
FROM = date(2026, 12, 8)
SETTLED_AT = datetime(2026, 12, 8, 6, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def account() -> Account:
    return make_account("Lumisaari Oy", domain="lumisaari.fi")


def bring(cast: Cast, registration: Registration, who: str = "seller", **changes: Any) -> RecordLetter:
    upload = replace(LETTER, **changes)
    return upload_letter(registration_id=registration.pk, upload=upload, actor=cast.actor(who), now=NOW)


def verify(cast: Cast, letter: RecordLetter, **fields: Any) -> RecordLetter:
    values: dict[str, Any] = {"how": "Called her.", "effective_on": None, "now": NOW, **fields}
    return verify_letter(letter_id=letter.pk, actor=cast.actor("manager"), **values)


def mails(address: str) -> list[str]:
    found = OutboxMessage.objects.filter(topic="mail", payload__to=address).order_by("pk")
    return [message.payload["text"].split("\n")[0] for message in found]


def credited(external_id: str) -> list[tuple[str, Decimal, date | None, date | None]]:
    rows = Credit.objects.filter(subscription__external_id=external_id, role="sourced", valid__isempty=False)
    return [
        (c.partner.code, c.share, c.valid_from, c.valid_until) for c in rows.order_by("valid_from", "partner__code")
    ]


def test_a_letter_is_kept_with_who_signed_it_and_never_changes(cast: Cast, account: Account) -> None:
    registration = make_registration(cast.partner, account=account)
    letter = bring(cast, registration)
    assert (letter.status, letter.media_type, letter.size) == ("uploaded", "application/pdf", len(PDF))
    assert (letter.signer_name, letter.signer_email) == ("Aino Virta", "aino@lumisaari.fi")
    assert bytes(letter.file.content) == PDF
    with pytest.raises(DatabaseError), transaction.atomic():
        LetterFile.objects.update(content=b"%PDF- other")
    assert mails("anna@vendor.example") == ["A customer names its partner in a letter. Verify who signed it."]
    second = bring(cast, registration, name="C:\\new\\letter.png", content=b"\x89PNG\r\n\x1a\n.")
    letter.refresh_from_db()
    assert (letter.status, second.file_name, second.media_type) == ("replaced", "letter.png", "image/png")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content": b""}, "wrong_size"),
        ({"content": b"%PDF-" + b"x" * (5 * 1024 * 1024 - 4)}, "wrong_size"),
        ({"content": b"<html><script>"}, "wrong_type"),
        ({"content": b"MZ %PDF-"}, "wrong_type"),
        ({"signer_email": "aino"}, "signer_needed"),
        ({"signer_name": " "}, "signer_needed"),
        ({"signed_on": date(2026, 11, 24)}, "signed_later"),
    ],
)
def test_what_no_letter_is(cast: Cast, account: Account, changes: dict[str, Any], code: str) -> None:
    registration = make_registration(cast.partner, account=account)
    with pytest.raises(DomainError) as refused:
        bring(cast, registration, **changes)
    assert refused.value.code == code
    assert not RecordLetter.objects.exists()


def test_the_scanner_of_the_settings_looks_at_a_letter_too(cast: Cast, account: Account, settings: Any) -> None:
    registration = make_registration(cast.partner, account=account)
    for command, code in (("grep -q -v name", "file_refused"), ("/nowhere/scanner", "scan_failed")):
        settings.ATTACHMENT_SCANNER = command
        with pytest.raises(DomainError) as refused:
            bring(cast, registration)
        assert (refused.value.code, refused.value.field) == (code, "file")
    assert not RecordLetter.objects.exists()
    settings.ATTACHMENT_SCANNER = "grep -q name"
    assert bring(cast, registration).status == "uploaded"


def test_only_the_holder_brings_one_and_the_incumbent_never_sees_it(cast: Cast, account: Account) -> None:
    registration = make_registration(cast.partner, account=account)
    for who in ("rival_seller", "marketing", "viewer"):
        with pytest.raises(NotAllowedError):
            bring(cast, registration, who)
    letter = bring(cast, registration)
    with pytest.raises(DomainError, match="an open registration"):
        bring(cast, make_registration(cast.partner, status="lost"))
    assert list(letters_for(cast.actor("seller"))) == [letter]
    assert list(letters_to_handle(cast.actor("manager"))) == [letter]
    for who in ("rival_seller", "stranger"):
        assert list(letters_for(cast.actor(who))) == []


def test_a_letter_turns_the_incumbents_block_into_a_review(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival)
    assert submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW).status == "rejected"
    draft = save_draft(deal=a_deal(), actor=cast.actor("seller"), now=NOW)
    bring(cast, draft)
    made = submit_registration(
        deal=a_deal(), actor=cast.actor("seller"), now=NOW, draft_id=draft.pk, version=draft.version
    )
    assert made.status == "submitted"
    assert made.findings.get(code="incumbent").severity == "review"


def test_a_letter_on_its_way_counts_wherever_the_rules_are_asked(cast: Cast, account: Account) -> None:
    """Verified, with another registration of the same partner; not while it waits there, not refused, not a rival's."""
    make_subscription(account, credited=cast.rival)
    first = make_registration(cast.partner, account=account)

    def asked(partner: Partner = cast.partner, **values: Any) -> tuple[bool, str]:
        question = Question(partner.pk, family=first.family, account=account, **values)
        facts = gather(question, settings=RuleSettings(), now=NOW, program=Program.current())
        found = evaluate(facts, RuleSettings()).finding("incumbent")
        return facts.has_letter, found.severity if found else ""

    assert asked() == (False, "block")
    letter = bring(cast, first)
    assert (asked(), asked(registration_id=first.pk)) == ((False, "block"), (True, "review"))
    verify(cast, letter)
    assert (asked(), asked(registration_id=first.pk)) == ((True, "review"), (True, "review"))
    assert asked(cast.rival) == (False, "")
    RecordLetter.objects.filter(pk=letter.pk).update(status="refused", decided_at=NOW, decision_reason="No.")
    assert (asked(), asked(registration_id=first.pk)) == ((False, "block"), (False, "block"))


def test_the_signer_must_be_at_the_customer_its_parent_or_its_units(cast: Cast, account: Account) -> None:
    registration = make_registration(cast.partner, account=account)
    letter = bring(cast, registration, signer_email="aino@elsewhere.fi")
    with pytest.raises(DomainError, match="at no domain of this customer") as refused:
        verify(cast, letter)
    assert (refused.value.code, refused.value.field) == ("contact_not_verified", "elsewhere")
    make_account("Elsewhere Oy", domain="elsewhere.fi", parent=account)
    assert verify(cast, letter).status == "announced"


def test_a_person_may_say_why_somebody_elsewhere_speaks_for_the_customer(cast: Cast, account: Account) -> None:
    letter = bring(cast, make_registration(cast.partner, account=account), signer_email="legal@holding.fi")
    page, manager = f"/manage/letters/{letter.public_id}/", cast.signed_in("manager")
    given = {"act": "verify", "text": "Called her.", "version": letter.version}
    asked = manager.post(page, given)
    assert asked.status_code == 422
    assert "legal@holding.fi is at no domain of this customer." in asked.content.decode()
    assert "Why this signer speaks for the customer" in asked.content.decode()
    with pytest.raises(DomainError, match="at no domain"):
        verify(cast, letter, elsewhere="  ")
    assert manager.post(page, {**given, "elsewhere": "Holding Oy owns it; seen in the register."}).status_code == 302
    letter.refresh_from_db()
    assert (letter.status, letter.verified_how) == (
        "announced",
        "Called her.\nHolding Oy owns it; seen in the register.",
    )
    trail = AuditEvent.objects.get(action="record_letter.announced")
    assert (trail.reason, trail.data["signer_domain"], trail.data["signer_elsewhere"]) == (
        "Called her.",
        "holding.fi",
        "Holding Oy owns it; seen in the register.",
    )
    assert trail.actor == "Anna Kowal"


def test_a_signer_at_the_customer_needs_no_further_reason(cast: Cast, account: Account) -> None:
    letter = verify(cast, bring(cast, make_registration(cast.partner, account=account)), elsewhere="For nothing.")
    assert letter.verified_how == "Called her."
    assert "signer_elsewhere" not in AuditEvent.objects.get(action="record_letter.announced").data


def test_verifying_tells_the_incumbent_and_gives_it_ten_business_days(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival)
    letter = bring(cast, make_registration(cast.partner, account=account))
    for who in ("seller", "viewer"):
        with pytest.raises(NotAllowedError):
            verify_letter(letter_id=letter.pk, how="x", effective_on=None, actor=cast.actor(who), now=NOW)
    with pytest.raises(DomainError, match="Give the reason"):
        verify(cast, letter, how=" ")
    verified = verify(cast, letter)
    assert (verified.objection_until, verified.effective_on) == (UNTIL, FROM)
    notice = LetterNotice.objects.get()
    assert (notice.partner, notice.told_at) == (cast.rival, NOW)
    sentence = (
        "The customer named another partner for Security in a letter. You may object until 7 December 2026 in the "
        "portal, under Objections. Without an objection your credit ends on 8 December 2026; what you have earned "
        "stays yours."
    )
    assert mails("tomasz@contoso.example") == [sentence]
    for message in OutboxMessage.objects.filter(topic="mail", payload__to__endswith="contoso.example"):
        assert "Northwind" not in str(message.payload)
    assert list(notices_for(cast.actor("rival_seller"))) == [notice]
    assert list(notices_for(cast.actor("seller"))) == []
    assert AuditEvent.objects.get(action="record_letter.announced").reason == "Called her."


@pytest.mark.parametrize(
    ("wanted", "given_day"), [(None, FROM), (date(2026, 11, 1), FROM), (date(2027, 1, 1), date(2027, 1, 1))]
)
def test_the_day_is_never_before_the_objection_is_over(
    cast: Cast, account: Account, wanted: date | None, given_day: date
) -> None:
    letter = bring(cast, make_registration(cast.partner, account=account))
    assert verify(cast, letter, effective_on=wanted).effective_on == given_day


def test_from_its_day_the_old_credit_ends_and_the_new_one_begins(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival, external_id="s1")
    make_subscription(make_account(), credited=cast.rival, external_id="other")
    registration = make_registration(cast.partner, account=account)
    letter = verify(cast, bring(cast, registration))
    assert settle_letters(now=SETTLED_AT - timedelta(hours=7)) == 0
    assert settle_letters(now=SETTLED_AT) == 1
    assert settle_letters(now=SETTLED_AT) == 0
    assert credited("s1") == [
        ("contoso", Decimal(100), date(2026, 1, 1), FROM),
        ("northwind", Decimal(100), FROM, None),
    ]
    assert credited("other") == [("contoso", Decimal(100), date(2026, 1, 1), None)]
    letter.refresh_from_db()
    registration.refresh_from_db()
    assert (letter.status, registration.status) == ("settled", "approved")
    assert Credit.objects.get(partner=cast.partner).registration == registration
    ended = "By the customer's choice your credit ended on 8 December 2026. What you have earned before stays yours."
    assert ended in mails("tomasz@contoso.example")
    assert "By the customer's choice you are its partner from now on." in mails("sanna@northwind.example")


def test_a_late_batch_never_reaches_into_the_past(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival, external_id="s1")
    letter = verify(cast, bring(cast, make_registration(cast.partner, account=account)))
    assert settle_letters(now=SETTLED_AT + timedelta(days=5)) == 1
    letter.refresh_from_db()
    assert letter.effective_on == date(2026, 12, 13)
    assert credited("s1")[0][3] == date(2026, 12, 13)


def test_the_customers_choice_ends_a_squatters_protection(cast: Cast, account: Account) -> None:
    squatter = make_registration(cast.rival, account=account, status="approved", days_left=60)
    waiting = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW, wait=True)
    assert waiting.status == "waiting"
    verify(cast, bring(cast, waiting))
    assert LetterNotice.objects.get().partner == cast.rival
    assert settle_letters(now=SETTLED_AT) == 1
    squatter.refresh_from_db()
    waiting.refresh_from_db()
    assert (squatter.status, waiting.status) == ("superseded", "approved")
    assert squatter.protected is not None
    assert squatter.protected.upper == SETTLED_AT


def test_an_objection_stops_it_until_a_manager_decides(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival, external_id="s1")
    letter = verify(cast, bring(cast, make_registration(cast.partner, account=account)))
    notice = LetterNotice.objects.get()
    seller = cast.actor("rival_seller")
    for who in ("seller", "rival_owner_of_nothing", "manager"):
        actor = cast.actor("stranger" if who.endswith("nothing") else who)
        with pytest.raises(NotAllowedError):
            object_to_letter(notice_id=notice.pk, text="x", actor=actor, now=NOW)
    with pytest.raises(DomainError, match="Say why"):
        object_to_letter(notice_id=notice.pk, text=" ", actor=seller, now=NOW)
    with pytest.raises(DomainError, match="time to object is over"):
        object_to_letter(notice_id=notice.pk, text="Never.", actor=seller, now=UNTIL)
    object_to_letter(notice_id=notice.pk, text="She left them.", actor=seller, now=UNTIL - timedelta(seconds=1))
    with pytest.raises(DomainError, match="objected already"):
        object_to_letter(notice_id=notice.pk, text="Again.", actor=seller, now=NOW)
    assert settle_letters(now=SETTLED_AT) == 0
    assert "The incumbent objects to the letter. Decide whether it holds." in mails("anna@vendor.example")
    later = SETTLED_AT + timedelta(days=10)
    decide = {"letter_id": letter.pk, "actor": cast.actor("manager"), "now": later}
    confirmed = decide_letter(holds=True, reason="She signs for them.", **decide)  # type: ignore[arg-type]
    assert (confirmed.status, confirmed.effective_on) == ("confirmed", date(2026, 12, 18))
    assert settle_letters(now=later) == 1
    assert credited("s1")[1] == ("northwind", Decimal(100), date(2026, 12, 18), None)


def test_a_refused_letter_changes_nothing(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival, external_id="s1")
    letter = verify(cast, bring(cast, make_registration(cast.partner, account=account)))
    with pytest.raises(NotAllowedError):
        decide_letter(letter_id=letter.pk, holds=False, reason="x", actor=cast.actor("seller"), now=NOW)
    with pytest.raises(DomainError, match="already"):
        decide_letter(letter_id=letter.pk, holds=True, reason="x", actor=cast.actor("manager"), now=NOW)
    decide_letter(letter_id=letter.pk, holds=False, reason="Forged.", actor=cast.actor("manager"), now=NOW)
    assert settle_letters(now=SETTLED_AT) == 0
    assert credited("s1") == [("contoso", Decimal(100), date(2026, 1, 1), None)]
    assert "The letter was refused." in mails("sanna@northwind.example")


def test_a_partner_that_is_not_active_takes_nothing_over(cast: Cast, account: Account) -> None:
    make_subscription(account, credited=cast.rival, external_id="s1")
    letter = verify(cast, bring(cast, make_registration(cast.partner, account=account)))
    cast.partner.status = PartnerStatus.SUSPENDED
    cast.partner.save()
    assert settle_letters(now=SETTLED_AT) == 0
    letter.refresh_from_db()
    assert letter.status == "refused"
    assert len(credited("s1")) == 1


def test_a_split_goes_over_whole_day_by_day(cast: Cast, account: Account) -> None:
    sold = make_subscription(account, credited=cast.rival, external_id="s1")
    credit = sold.credits.get()
    credit.share, credit.valid_until = Decimal(60), date(2027, 6, 1)
    credit.save()
    Credit.objects.create(
        subscription=sold, partner=cast.partner, role="sourced", share=40, valid_from=date(2026, 1, 1)
    )
    Credit.objects.create(
        subscription=sold, partner=cast.rival, role="influenced", share=10, valid_from=date(2026, 1, 1)
    )
    verify(cast, bring(cast, make_registration(cast.partner, account=account)))
    assert settle_letters(now=SETTLED_AT) == 1
    assert credited("s1") == [
        ("contoso", Decimal(60), date(2026, 1, 1), FROM),
        ("northwind", Decimal(40), date(2026, 1, 1), FROM),
        ("northwind", Decimal(100), FROM, date(2027, 6, 1)),
        ("northwind", Decimal(40), date(2027, 6, 1), None),
    ]


DAY_ONE = date(2026, 1, 1)
STRETCHES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 40) | st.none(), st.integers(1, 50)).map(
        lambda t: Stretch(
            DAY_ONE + timedelta(days=t[0]),
            None if t[1] is None else DAY_ONE + timedelta(days=t[0] + t[1]),
            Decimal(t[2]),
        )
    ),
    max_size=6,
)


def share_on(stretches: Any, day: date) -> Decimal:
    return sum((s.share for s in stretches if s.start <= day and (s.end is None or day < s.end)), Decimal())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=STRETCHES, start=st.integers(0, 60))
def test_on_each_day_the_new_partner_is_credited_what_was_credited_together(before: list[Stretch], start: int) -> None:
    from_day = DAY_ONE + timedelta(days=start)
    after = taken_over(before, from_day=from_day)
    for offset in range(100):
        day = DAY_ONE + timedelta(days=offset)
        assert share_on(after, day) == (share_on(before, day) if day >= from_day else 0)
    for one, other in pairwise(after):
        assert one.end is not None
        assert one.end <= other.start


def test_days_and_files_are_judged_by_what_they_are() -> None:
    assert in_force_from(wanted=None, first=FROM, today=NOW.date()) == FROM
    assert in_force_from(wanted=FROM, first=NOW.date(), today=date(2027, 1, 1)) == date(2027, 1, 1)
    assert [media_type_of(b) for b in (b"\xff\xd8\xff\xe0", b"%PDF-2", b"GIF89a", b"")] == [
        "image/jpeg",
        "application/pdf",
        "",
        "",
    ]
