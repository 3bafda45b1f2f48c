"""The demonstration program: what it holds, that it is the same each time, that it refuses to mix with real data."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Q

from commissions.demo.load import SignIn, load
from commissions.demo.timeline import Timeline
from commissions.management.commands.load_demo import note_down
from commissions.models import (
    Adjustment,
    CarriedForward,
    Dispute,
    Entry,
    Payout,
    PayoutBatch,
    Posting,
    Run,
    RunStatus,
    RunWarning,
    Statement,
)
from commissions.queries.export import export_rows
from commissions.queries.ledger import account_balances, payables
from commissions.queries.zeros import zeros_of
from commissions.services.runs import approve_run, verify_run
from deals.models import Account, Credit, Registration, RegistrationStatus
from partners.models import (
    Activity,
    AgreementAcceptance,
    Application,
    BusinessReview,
    Membership,
    Partner,
    PartnerStatus,
    PartnerType,
    PlanVersion,
    PsatFollowUp,
    PsatWave,
    TierEvaluation,
    TierOverride,
    TierRun,
)
from partners.queries.certifications import expiring
from partners.queries.onboarding import open_onboardings
from partners.queries.payees import readiness_of
from prm.actors import OPERATOR, Actor, ActorKind, InternalRole, PartnerRole
from prm.models import OutboxMessage, User
from tests.factories.partners import make_partner

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]
"""One process loads the demonstration, not each of them."""


@dataclass(frozen=True)
class Loaded:
    """The demonstration of ``TODAY``, and what an earlier loading of it exported."""

    sign_ins: list[SignIn]
    export_before: list[tuple[str, ...]]


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loaded]:
    """Load twice, from nothing each time, in transactions that are never committed."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            load(today=TODAY)
            before = list(export_rows())
            transaction.set_rollback(True)
        with transaction.atomic():
            yield Loaded(load(today=TODAY), before)
            transaction.set_rollback(True)


def registrations(**filters: object) -> list[tuple[str, str]]:
    rows = Registration.objects.filter(**filters).order_by("due_at", "holder__code")
    return list(rows.values_list("holder__code", "company"))


def test_the_program_has_its_size(loaded: Loaded) -> None:
    assert Partner.objects.count() == 26
    assert Partner.objects.values("country").distinct().count() == 8
    assert Partner.objects.filter(type=PartnerType.DISTRIBUTOR).count() == 2
    assert Partner.objects.get(status=PartnerStatus.SUSPENDED).name == "Tessaro Cloud S.r.l."
    assert 280 <= Account.objects.filter(is_prospect=False).count() <= 320
    assert set(Entry.objects.values_list("currency", flat=True)) == {"EUR", "PLN", "USD"}
    assert set(Entry.objects.values_list("kind", flat=True)) == {
        "recurring",
        "upfront",
        "override",
        "spiff",
        "renewal",
    }


def test_thirteen_months_are_closed_and_the_last_one_waits(loaded: Loaded) -> None:
    runs = list(Run.objects.order_by("number").values_list("period", "status"))
    timeline = Timeline(TODAY)
    assert [period for period, _status in runs] == [timeline.month(number) for number in range(14)]
    assert runs[-1] == (date(2026, 10, 1), RunStatus.CALCULATED)
    assert {status for _period, status in runs[:-1]} == {RunStatus.APPROVED}


def test_finance_may_approve_what_the_manager_calculated(loaded: Loaded) -> None:
    run = Run.objects.get(status=RunStatus.CALCULATED)
    assert verify_run(run) == []
    marta = User.objects.get(email="finance@halden.example")
    actor = Actor(kind=ActorKind.INTERNAL, user_id=marta.pk, internal_roles=frozenset({InternalRole.FINANCE}))
    with transaction.atomic():
        assert approve_run(run=run, actor=actor, now=NOW).status == RunStatus.APPROVED
        transaction.set_rollback(True)


def test_a_customer_that_left_after_81_days_takes_the_upfront_back(loaded: Loaded) -> None:
    entries = Entry.objects.filter(subscription__account__name="Pihlaja Dental Oy").order_by("run__period", "kind")
    found = [
        (f"{entry.run.period:%Y-%m}", f"{entry.earned_period:%Y-%m}", entry.kind, entry.amount)
        for entry in entries.filter(partner__code="aldervik")
    ]
    assert found == [
        ("2026-01", "2026-01", "recurring", Decimal("8.52")),
        ("2026-01", "2026-01", "upfront", Decimal("60.00")),
        ("2026-02", "2026-02", "recurring", Decimal("12.00")),
        ("2026-03", "2026-03", "recurring", Decimal("19.65")),
        ("2026-04", "2026-01", "upfront", Decimal("-60.00")),
    ]


def test_a_zero_says_why(loaded: Loaded) -> None:
    membership = Membership.objects.get(partner__code="aldervik", role=PartnerRole.OWNER)
    actor = Actor(kind=ActorKind.PARTNER, partner_id=membership.partner_id, partner_role=membership.role)
    zeros = zeros_of(actor, month=date(2026, 3, 1), currency="EUR")
    assert {(zero.customer, zero.code) for zero in zeros} == {
        ("Kotkan Köysi Oy", "ended"),
        ("Revontuli Media Oy", "no_rule"),
    }


def test_two_rivals_meet_on_one_customer(loaded: Loaded) -> None:
    haapala = Registration.objects.filter(company="Haapala Foods Oy").order_by("place")
    assert list(haapala.values_list("holder__code", "status")) == [
        ("aldervik", RegistrationStatus.APPROVED),
        ("kymi-pilvi", RegistrationStatus.WAITING),
    ]
    protected = haapala[0].protected
    assert protected is not None
    assert (protected.upper.date() - TODAY).days == 6


def test_seven_decisions_wait_and_one_is_late(loaded: Loaded) -> None:
    assert registrations(status=RegistrationStatus.SUBMITTED) == [
        ("pardis-link", "شرکت ارس تجارت"),
        ("bursztyn", "Spółdzielnia Mleczna Narew"),
        ("aldervik", "Kivi Robotics Oy"),
        ("wisla-systems", "Spółdzielnia Mleczna Narew"),
        ("haibin", "青岚物流有限公司"),
        ("brenner-netz", "Hafenkante Medien GmbH"),
        ("calder-finch", "Orrin Dental Group Ltd"),
    ]
    assert registrations(status=RegistrationStatus.SUBMITTED, due_at__lt=NOW) == [("pardis-link", "شرکت ارس تجارت")]
    assert registrations(status=RegistrationStatus.RETURNED) == [("aldervik", "Meren Kala Oy")]
    assert Registration.objects.filter(holder__code="aldervik").live().count() == 7


def test_the_waiting_run_warns_and_corrects(loaded: Loaded) -> None:
    run = Run.objects.get(status=RunStatus.CALCULATED)
    warnings = set(RunWarning.objects.filter(run=run).values_list("code", "partner__code"))
    assert warnings == {("partner_not_active", "tessaro"), ("no_rule", "aldervik"), ("share_below_100", None)}
    split = Entry.objects.filter(run=run, subscription__account__name="Moorhof Klinik GmbH", is_true_up=True)
    upfront = split.filter(kind="upfront").order_by("amount").values_list("partner__code", "amount")
    assert list(upfront) == [("rheinufer", Decimal("-294.00")), ("alster-cloud", Decimal("294.00"))]
    assert Credit.objects.filter(subscription__account__name="Pihlaja Dental Oy").count() == 2


def test_nobody_is_told_of_what_never_happened(loaded: Loaded) -> None:
    assert not OutboxMessage.objects.filter(sent_at__isnull=True).exclude(topic="commissions.run_calculated").exists()


def test_seven_people_may_sign_in_and_from_this_machine_only(loaded: Loaded) -> None:
    assert [one.email for one in loaded.sign_ins] == [
        "manager@halden.example",
        "finance@halden.example",
        "tove.lindqvist@halden.example",
        "admin@halden.example",
        "saana.rintala@aldervik.example",
        "eero.myllyla@kymi-pilvi.example",
        "jere.salmi@aldervik.example",
    ]
    assert not User.objects.filter(loopback_only=False).exists()
    for one in loaded.sign_ins:
        assert User.objects.get(email=one.email).check_password(one.password)
    assert sum(user.has_usable_password() for user in User.objects.all()) == 7


def test_the_same_day_gives_the_same_program(loaded: Loaded) -> None:
    export = list(export_rows())
    assert len(export) > 2_500
    assert export == loaded.export_before


def test_a_program_that_is_not_empty_is_left_alone() -> None:
    make_partner("northwind")
    before = Partner.objects.count()
    with pytest.raises(CommandError, match="for an empty one"):
        call_command("load_demo", stdout=StringIO())
    assert Partner.objects.count() == before


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2026, 12, 31), date(2028, 2, 29)])
def test_months_are_counted_from_the_day(today: date) -> None:
    timeline = Timeline(today)
    assert timeline.month(14) == today.replace(day=1)
    assert timeline.number_of(today) == 14
    assert timeline.working_day(1) < today
    assert timeline.day(5, 31).month == timeline.month(5).month


def test_sign_ins_are_noted_for_the_owner_of_the_folder_alone(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    note_down([SignIn("manager@halden.example", "secret", "channel manager")])
    note = tmp_path / "sign-ins.json"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert json.loads(note.read_text()) == [
        {"email": "manager@halden.example", "password": "secret", "role": "channel manager"}
    ]


def test_closed_months_are_stated_and_paid_and_the_ledger_says_what_is_owed(loaded: Loaded) -> None:
    owed = {(row.partner_id, row.currency): row.amount for row in payables()}
    latest = Statement.objects.order_by("partner_id", "currency", "-id").distinct("partner_id", "currency")
    for statement in latest:
        since = Payout.objects.filter(
            partner=statement.partner, currency=statement.currency, batch__created_at__gt=statement.issued_at
        ).exclude(status__in=["failed", "returned"])
        assert sum((payout.gross for payout in since), Decimal(0)) == statement.closing - owed.get(
            (statement.partner_id, statement.currency), Decimal(0)
        )
    assert PayoutBatch.objects.count() == 13
    assert not Payout.objects.filter(status__in=["prepared", "submitted"]).exists()
    brought_back = Payout.objects.get(status="returned")
    assert (brought_back.partner.code, brought_back.reason) == ("alster-cloud", "The account has been closed.")
    failed = Payout.objects.get(status="failed")
    assert (failed.partner.code, owed[failed.partner_id, "EUR"]) == ("zugspitz", failed.gross)
    carried = {tuple(reasons) for reasons in CarriedForward.objects.values_list("reasons", flat=True)}
    assert {("below_minimum",), ("no_payout_method", "no_tax_form")} <= carried
    assert {row.balance for row in account_balances() if row.account == "payout_clearing"} == {Decimal(0)}
    assert Posting.objects.filter(cause="withheld", partner__code="haibin").exists()


def test_adjustments_are_on_statements_and_one_waits_with_the_run(loaded: Loaded) -> None:
    rows = Adjustment.objects.order_by("id").values_list("partner__code", "amount", "run__status")
    assert list(rows) == [
        ("brenner-netz", Decimal("450.00"), "approved"),
        ("kymi-pilvi", Decimal("-60.00"), "approved"),
        ("aldervik", Decimal("80.00"), "approved"),
        ("rheinufer", Decimal("120.00"), "calculated"),
    ]


def test_one_question_waits_and_one_is_answered(loaded: Loaded) -> None:
    rows = Dispute.objects.order_by("pk").values_list(
        "number", "partner__code", "subscription__account__name", "status", "outcome", "amount", "statement__currency"
    )
    assert list(rows) == [
        ("D-000001", "aldervik", "Fjordlys Energi AS", "answered", "explained", Decimal("111.25"), "EUR"),
        ("D-000002", "aldervik", "Saimaa Boats Oy", "open", "", Decimal(91), "EUR"),
    ]
    assert [one.act for one in Dispute.objects.get(number="D-000001").messages.order_by("pk")] == ["opened", "answered"]


def test_most_partners_can_be_paid_and_some_cannot(loaded: Loaded) -> None:
    partners = dict(Partner.objects.values_list("pk", "code"))
    ready = readiness_of(partners, on=TODAY, currency="EUR") | readiness_of(
        [pk for pk, code in partners.items() if code in {"pardis-link", "gulf-meridian", "simorgh", "haibin"}],
        on=TODAY,
        currency="USD",
    )
    missing = {partners[pk]: row.reasons for pk, row in ready.items() if row.reasons}

    assert missing == {
        "alster-cloud": ("method_unverified",),
        "aurora-cloud-oy": ("method_unverified", "tax_form_unverified"),
        "gulf-meridian": ("tax_form_expired",),
        "lanjing": ("no_payout_method", "no_tax_form"),
        "penhale": ("no_payout_method", "no_tax_form"),
        "vistula-soft-sp-z-oo": ("no_payout_method", "no_tax_form"),
    }
    assert {partners[pk]: row.withholding_rate for pk, row in ready.items() if row.withholding_rate} == {
        "haibin": Decimal(10)
    }


def test_applications_stand_in_every_state(loaded: Loaded) -> None:
    assert list(Application.objects.order_by("submitted_at").values_list("company", "status")) == [
        ("Aurora Cloud Oy", "approved"),
        ("Solent Cyber Ltd", "applied"),
        ("Vistula Soft Sp. z o.o.", "approved"),
        ("Severn IT Partners Ltd", "rejected"),
        ("Adriatica Servizi S.r.l.", "asked"),
        ("Elbwerk Digital GmbH", "in_review"),
        ("Polarlys Systemer AS", "in_review"),
        ("آریا ابر", "applied"),
        ("Elbwerk Digital GmbH", "joined"),
        ("云帆科技", "applied"),
        ("Solent Cyber Ltd", "unconfirmed"),
    ]
    assert [one.company for one in Application.objects.filter(due_at__lt=NOW)] == ["Solent Cyber Ltd"]


def test_one_onboarding_has_stalled_and_two_are_on_their_way(loaded: Loaded) -> None:
    told = [
        (one.partner.code, one.stalled, one.done, one.next_step.fact if one.next_step else "")
        for one in open_onboardings(actor=OPERATOR, on=TODAY)
    ]
    assert told == [
        ("lanjing", True, 2, "agreement"),
        ("aurora-cloud-oy", False, 2, "tax_form"),
        ("vistula-soft-sp-z-oo", False, 1, "agreement"),
    ]
    versions = AgreementAcceptance.objects.values("text__version").annotate(signed=Count("pk"))
    assert list(versions.order_by("text__version").values_list("text__version", "signed")) == [("1", 23), ("2", 18)]


def test_tiers_rise_are_warned_about_and_are_held_by_hand(loaded: Loaded) -> None:
    run = TierRun.objects.get()
    assert (run.as_of, run.effective_on) == (date(2026, 10, 31), date(2026, 11, 1))
    moved = TierEvaluation.objects.exclude(move="kept", notice="").order_by("partner__code")
    assert list(moved.values_list("partner__code", "held", "tier", "notice")) == [
        ("alster-cloud", "silver", "silver", "given"),
        ("baltica", "gold", "gold", "given"),
        ("brenner-netz", "platinum", "platinum", "given"),
        ("bursztyn", "silver", "gold", ""),
        ("gulf-meridian", "gold", "gold", "given"),
        ("haibin", "silver", "silver", "given"),
        ("harrow-vane", "registered", "silver", ""),
        ("tessaro", "gold", "gold", "given"),
        ("tunturi-data", "registered", "silver", ""),
        ("wisla-systems", "gold", "gold", "given"),
    ]
    by_hand = TierOverride.objects.order_by("partner__code").values_list("partner__code", "tier__code")
    assert list(by_hand) == [("baltica", "gold"), ("gulf-meridian", "gold"), ("penhale", "gold")]
    assert expiring(on=TODAY).count() == 7


def test_a_plan_is_agreed_another_waits_and_a_review_is_shared(loaded: Loaded) -> None:
    plans = PlanVersion.objects.order_by("pk").values_list("plan__partner__code", "status", "plan__valid_from")
    assert list(plans) == [("aldervik", "agreed", date(2026, 9, 1)), ("brenner-netz", "proposed", date(2026, 11, 1))]
    coming = BusinessReview.objects.filter(day__gt=TODAY).values_list("partner__code", "day")
    assert list(coming) == [("aldervik", date(2026, 12, 4))]


def test_two_surveys_have_closed_and_one_is_open(loaded: Loaded) -> None:
    waves = PsatWave.objects.annotate(
        asked=Count("invitations"), answers=Count("invitations", filter=Q(invitations__score__isnull=False))
    )
    assert list(waves.order_by("opened_on").values_list("code", "asked", "answers", "closes_on")) == [
        ("2025-11", 54, 35, date(2025, 11, 25)),
        ("2026-05", 54, 39, date(2026, 5, 25)),
        ("2026-11", 54, 21, date(2026, 12, 1)),
    ]
    asked_for = PsatFollowUp.objects.order_by("opened_at").values_list("invitation__partner__code", "note")
    assert [(code, bool(note)) for code, note in asked_for] == [("wisla-systems", True), ("nordhagen", False)]
    assert Activity.objects.filter(kind="review_held").count() == 11
