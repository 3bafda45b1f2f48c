"""From a decision to the end of a registration, and who is next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from deals.models import Credit, MrrChange, Product, Registration, RegistrationEvent
from deals.services.decisions import (
    answer_question,
    approve_registration,
    reject_registration,
    return_for_information,
)
from deals.services.expiry import Swept, expire_registrations
from deals.services.progress import (
    extend_protection,
    lose_registration,
    set_stage,
    withdraw_registration,
)
from deals.services.submission import submit_registration
from deals.services.winning import Sale, win_registration
from partners.models import Activity, PartnerStatus
from prm.actors import RULE
from prm.errors import DomainError, NotAllowedError, StaleError
from tests.cast import Cast, assemble
from tests.factories.deals import (
    NOW,
    a_deal,
    make_account,
    make_family,
    make_product,
    make_registration,
    make_subscription,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def submit(cast: Cast, who: str = "seller", now: datetime = NOW, **fields: Any) -> Registration:
    wait = fields.pop("wait", False)
    return submit_registration(deal=a_deal(**fields), actor=cast.actor(who), now=now, wait=wait)


def act(service: Any, cast: Cast, who: str, registration: Registration, **fields: Any) -> Registration:
    fields = {"now": NOW + DAY, "version": None, **fields}
    result = service(registration_id=registration.pk, actor=cast.actor(who), **fields)
    assert isinstance(result, Registration)
    return result


def again(registration: Registration) -> Registration:
    return Registration.objects.select_related("account", "family").get(pk=registration.pk)


def kinds(registration: Registration) -> list[str]:
    return list(
        RegistrationEvent.objects.filter(registration=registration).order_by("pk").values_list("kind", flat=True)
    )


def test_approval_protects_for_the_tiers_window_and_rivals_wait(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    approved = act(approve_registration, cast, "manager", first, version=first.version, reason="Fine")
    assert approved.status == "approved"
    assert approved.protected is not None
    assert approved.protected.lower == NOW + DAY
    assert approved.protected.upper == NOW + 91 * DAY
    assert (approved.protected_tier, approved.stage) == (cast.tier, "qualified")
    assert (approved.decision_reason, approved.due_at) == ("Fine", None)
    rival = again(second)
    assert (rival.status, rival.place) == ("waiting", second.place)
    assert rival.due_at == NOW + 181 * DAY
    assert kinds(second) == ["submitted", "waiting"]
    assert Activity.objects.filter(partner=cast.partner, kind="registration_approved").count() == 1


def test_a_later_submission_waits_for_the_earlier_decision(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    with pytest.raises(DomainError) as refused:
        act(approve_registration, cast, "manager", second)
    assert refused.value.code == "rival_pending"
    assert first.reference in str(refused.value)
    act(reject_registration, cast, "manager", first, reason="No contact yet.")
    assert act(approve_registration, cast, "manager", second).status == "approved"


def test_only_managers_decide_and_only_what_they_looked_at(cast: Cast) -> None:
    registration = submit(cast)
    for who in ("viewer", "finance_person", "seller", "owner", "rival_owner"):
        with pytest.raises(NotAllowedError):
            act(approve_registration, cast, who, registration)
        with pytest.raises(NotAllowedError):
            act(reject_registration, cast, who, registration, reason="x")
    with pytest.raises(StaleError):
        act(approve_registration, cast, "manager", registration, version=registration.version + 1)
    act(approve_registration, cast, "admin", registration)
    with pytest.raises(DomainError) as refused:
        act(approve_registration, cast, "manager", registration)
    assert refused.value.code == "wrong_state"


def test_a_rule_that_blocks_is_set_aside_only_with_a_reason(cast: Cast) -> None:
    registration = submit(cast)
    cast.tier.live_cap = 0
    cast.tier.save()
    with pytest.raises(DomainError) as refused:
        act(approve_registration, cast, "manager", registration)
    assert refused.value.code == "reason_needed"
    approved = act(approve_registration, cast, "manager", registration, reason="Strategic")
    assert [f.code for f in approved.findings.all()] == ["live_cap"]


def test_a_suspended_partner_is_not_approved(cast: Cast) -> None:
    registration = submit(cast)
    cast.partner.status = PartnerStatus.SUSPENDED
    cast.partner.save()
    with pytest.raises(DomainError) as refused:
        act(approve_registration, cast, "manager", registration, reason="anyway")
    assert refused.value.code == "eligibility"


def test_a_rejection_needs_its_reason(cast: Cast) -> None:
    registration = submit(cast)
    with pytest.raises(DomainError, match="Give the reason"):
        act(reject_registration, cast, "manager", registration, reason=" ")
    rejected = act(reject_registration, cast, "manager", registration, reason="Not a customer.")
    assert (rejected.status, rejected.decision_reason) == ("rejected", "Not a customer.")
    assert rejected.decided_at == NOW + DAY


def test_a_question_stops_the_clock_and_keeps_the_place(cast: Cast) -> None:
    registration = submit(cast)
    returned = act(return_for_information, cast, "manager", registration, question="Which company signs?")
    assert (returned.status, returned.decision_reason) == ("returned", "Which company signs?")
    assert returned.due_at == datetime(2026, 12, 1, 10, 42, tzinfo=UTC)
    with pytest.raises(DomainError, match="Write an answer"):
        act(answer_question, cast, "seller", registration, answer="")
    with pytest.raises(NotAllowedError):
        act(answer_question, cast, "marketing", registration, answer="x")
    with pytest.raises(NotAllowedError):
        act(answer_question, cast, "rival_seller", registration, answer="x")
    answered = act(answer_question, cast, "seller", registration, answer="The parent.", now=NOW + 3 * DAY)
    assert (answered.status, answered.place) == ("submitted", registration.place)
    # One business day had passed of two: the other one is left.
    assert answered.due_at == datetime(2026, 11, 27, 10, 42, tzinfo=UTC)


def test_a_question_without_an_answer_is_withdrawn_by_rule(cast: Cast) -> None:
    registration = submit(cast)
    act(return_for_information, cast, "manager", registration, question="Who?")
    due = datetime(2026, 12, 1, 10, 42, tzinfo=UTC)
    assert expire_registrations(now=due - timedelta(seconds=1)) == Swept(0, 0)
    assert expire_registrations(now=due) == Swept(0, 1)
    assert expire_registrations(now=due) == Swept(0, 0)
    assert again(registration).status == "withdrawn"
    assert RegistrationEvent.objects.latest("pk").actor == "rule"


def test_when_protection_ends_the_first_in_line_is_decided(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    act(approve_registration, cast, "manager", first)
    end = NOW + 91 * DAY
    assert expire_registrations(now=end - timedelta(seconds=1)) == Swept(0, 0)
    assert expire_registrations(now=end) == Swept(1, 0)
    assert expire_registrations(now=end) == Swept(0, 0)
    expired = again(first)
    assert (expired.status, expired.closed_on) == ("expired", date(2027, 2, 22))
    rival = again(second)
    assert (rival.status, rival.place) == ("submitted", second.place)
    assert rival.due_at == datetime(2027, 2, 23, 10, 42, tzinfo=UTC)
    assert kinds(second) == ["submitted", "waiting", "next_in_line"]


def test_waiting_ends_after_180_days(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_registration(cast.rival, account=account, status="approved", days_left=400)
    waiting = submit(cast, wait=True)
    assert expire_registrations(now=NOW + 180 * DAY) == Swept(0, 1)
    assert again(waiting).status == "withdrawn"


@pytest.mark.parametrize("service", [withdraw_registration, lose_registration])
def test_giving_up_frees_the_customer_at_once(cast: Cast, service: Any) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    act(approve_registration, cast, "manager", first)
    ended = act(service, cast, "owner", first, now=NOW + 2 * DAY, reason="No budget")
    assert ended.protected is not None
    assert (ended.protected.upper, ended.closed_on) == (NOW + 2 * DAY, date(2026, 11, 25))
    assert again(second).status == "submitted"
    approved = act(approve_registration, cast, "manager", second, now=NOW + 2 * DAY)
    assert approved.status == "approved"


def test_after_a_rejection_the_next_who_waits_is_decided(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    waiting = make_registration(cast.rival, account=account, status="waiting", place=10_000)
    first = make_registration(cast.partner, account=account, place=9_000)
    act(reject_registration, cast, "manager", first, reason="No.")
    assert again(waiting).status == "submitted"


def test_an_extension_once_with_a_reason_and_again_by_a_manager(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=6)
    with pytest.raises(DomainError, match="why you need"):
        act(extend_protection, cast, "seller", registration, now=NOW, reason="")
    extended = act(extend_protection, cast, "seller", registration, now=NOW, reason="Legal")
    assert extended.protected is not None
    assert extended.protected.upper == NOW + 36 * DAY
    with pytest.raises(DomainError) as refused:
        act(extend_protection, cast, "seller", registration, now=NOW, reason="More")
    assert refused.value.code == "extended_before"
    act(extend_protection, cast, "manager", registration, now=NOW, reason="Fair")
    with pytest.raises(DomainError, match="running protection"):
        act(extend_protection, cast, "manager", registration, now=NOW + 66 * DAY, reason="Late")


def test_a_suspended_partner_gets_no_extension(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    cast.partner.status = PartnerStatus.SUSPENDED
    cast.partner.save()
    with pytest.raises(DomainError) as refused:
        act(extend_protection, cast, "manager", registration, now=NOW, reason="Please")
    assert refused.value.code == "eligibility"


def test_the_stage_moves_while_protected_and_forward_counts(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    act(set_stage, cast, "seller", registration, stage="proposal")
    act(set_stage, cast, "seller", registration, stage="proposal")
    act(set_stage, cast, "seller", registration, stage="qualified")
    assert kinds(registration) == ["stage_moved_forward", "stage_moved_back"]
    assert Activity.objects.filter(kind="stage_moved_forward").count() == 1
    with pytest.raises(DomainError):
        act(set_stage, cast, "seller", registration, stage="nonsense")
    with pytest.raises(NotAllowedError):
        act(set_stage, cast, "rival_seller", registration, stage="proposal")
    with pytest.raises(DomainError):
        act(set_stage, cast, "seller", make_registration(cast.partner), stage="proposal")


@pytest.mark.parametrize(
    ("origin", "role"),
    [("partner", "sourced"), ("vendor_lead", "influenced"), ("co_sell", "sourced")],
)
def test_winning_makes_the_subscription_and_its_credit(cast: Cast, origin: str, role: str) -> None:
    account = make_account(domain="lumisaari.fi")
    registration = make_registration(cast.partner, account=account, status="approved", origin=origin)
    waiting = make_registration(cast.rival, account=account, status="waiting")
    sale = Sale(make_product(), Decimal("480.00"), "EUR", date(2026, 12, 1))
    won = act(win_registration, cast, "manager", registration, sale=sale)
    subscription = won.subscriptions.get()
    assert (subscription.external_id, subscription.account) == (won.reference, account)
    assert (subscription.currency, subscription.started_on) == ("EUR", date(2026, 12, 1))
    change = MrrChange.objects.get()
    assert (change.effective_on, change.mrr) == (date(2026, 12, 1), Decimal(480))
    credit = Credit.objects.get()
    assert (credit.partner, credit.role, credit.share) == (cast.partner, role, Decimal(100))
    assert (credit.valid_from, credit.valid_until) == (date(2026, 12, 1), None)
    assert (credit.registration, won.status, won.closed_on) == (won, "won", date(2026, 11, 24))
    assert won.protected is not None
    assert won.protected.upper == NOW + DAY
    assert again(waiting).status == "submitted"
    assert Activity.objects.filter(partner=cast.partner, kind="deal_won").count() == 1


def test_winning_links_a_subscription_that_is_there_already(cast: Cast) -> None:
    account = make_account()
    registration = make_registration(cast.partner, account=account, status="approved")
    subscription = make_subscription(account)
    won = act(win_registration, cast, "manager", registration, subscription=subscription)
    assert won.subscriptions.get() == subscription
    assert Credit.objects.get().valid_from == date(2026, 1, 1)
    other = make_registration(cast.partner, status="approved")
    with pytest.raises(DomainError, match="another customer"):
        act(win_registration, cast, "manager", other, subscription=subscription)


def test_winning_never_credits_more_than_the_whole(cast: Cast) -> None:
    account = make_account()
    registration = make_registration(cast.partner, account=account, status="approved")
    subscription = make_subscription(account, credited=cast.rival)
    with pytest.raises(DomainError) as refused:
        act(win_registration, cast, "manager", registration, subscription=subscription)
    assert refused.value.code == "credit_shares_within_100"
    assert again(registration).status == "approved"


def test_winning_asks_for_a_fitting_product_and_amount(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    other: Product = make_product(family=make_family("backup"))
    for sale, code in (
        (None, "subscription_needed"),
        (Sale(other, Decimal(1), "EUR", NOW.date()), "wrong_family"),
        (Sale(make_product(), Decimal(0), "EUR", NOW.date()), "wrong_amount"),
    ):
        with pytest.raises(DomainError) as refused:
            act(win_registration, cast, "manager", registration, sale=sale)
        assert refused.value.code == code
    with pytest.raises(NotAllowedError):
        act(win_registration, cast, "owner", registration)
    with pytest.raises(NotAllowedError):
        act(win_registration, cast, "viewer", registration)


def test_after_expiry_only_a_person_wins(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="expired")
    sale = Sale(make_product(), Decimal(480), "EUR", NOW.date())
    late = win_registration(registration_id=registration.pk, actor=RULE, now=NOW, version=None, sale=sale)
    assert (late.status, registration.late_wins.get().decision) == ("expired", "")
    assert act(win_registration, cast, "manager", registration, sale=sale).status == "won"


def test_co_sell_is_marked_at_approval(cast: Cast) -> None:
    assert act(approve_registration, cast, "manager", submit(cast), co_sell=True).origin == "co_sell"
