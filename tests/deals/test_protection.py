"""Windows, extensions, signs of work, warnings and release (deal rules, section 4)."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from deals.models import Registration, Reminder
from deals.queries.protection import to_release
from deals.services.decisions import approve_registration
from deals.services.expiry import Swept, expire_registrations
from deals.services.progress import add_note, extend_protection, set_stage, withdraw_registration
from deals.services.release import release_registration, revoke_of_terminated
from deals.services.reminding import Reminded, remind_of_protection
from deals.services.submission import submit_registration
from deals.tasks import expire_registrations_daily, remind_daily, revoke_registrations
from partners.models import PartnerStatus
from prm.actors import Actor, ActorKind, Channel
from prm.errors import DomainError, NotAllowedError, constraint_of
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_registration
from tests.factories.partners import assign_tier, end_partnership, make_partner, make_tier

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CRM = Actor(kind=ActorKind.SYSTEM_KEY, channel=Channel.API, label="CRM")


@pytest.fixture
def cast() -> Cast:
    return assemble()


def act(service: Any, actor: Actor, registration: Registration, **fields: Any) -> Registration:
    fields = {"now": NOW, "version": None, **fields}
    result = service(registration_id=registration.pk, actor=actor, **fields)
    assert isinstance(result, Registration)
    return result


def again(registration: Registration) -> Registration:
    return Registration.objects.select_related("account", "family", "holder").get(pk=registration.pk)


def mails(address: str) -> list[str]:
    found = OutboxMessage.objects.filter(topic="mail", payload__to=address).order_by("pk")
    return [message.payload["text"].split("\n")[0] for message in found]


def granted(registration: Registration) -> TimestamptzRange:
    window: TimestamptzRange | None = registration.protected
    assert window is not None
    return window


def test_the_tiers_window_is_granted_and_stays_whatever_happens_to_the_tier(cast: Cast) -> None:
    gold = make_tier("gold", rank=2, protection_days=120)
    registration = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW)
    approved = act(approve_registration, cast.actor("manager"), registration)
    assert granted(approved) == TimestamptzRange(NOW, NOW + 90 * DAY)
    cast.tier.protection_days = 10
    cast.tier.save()
    cast.partner.tier_assignments.update(tier=gold)
    assert granted(again(approved)) == TimestamptzRange(NOW, NOW + 90 * DAY)
    assert again(approved).protected_tier == cast.tier


def test_without_a_tier_it_is_90_days_and_with_one_the_tiers(cast: Cast) -> None:
    nobody, gold = make_partner("none"), make_partner("golden")
    assign_tier(gold, make_tier("gold", rank=2, protection_days=120))
    for partner, days in ((nobody, 90), (gold, 120)):
        registration = make_registration(partner)
        approved = act(approve_registration, cast.actor("manager"), registration)
        assert granted(approved) == TimestamptzRange(NOW, NOW + days * DAY)


def test_one_extension_of_30_days_and_a_second_by_a_manager(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=6)
    seller, manager = cast.actor("seller"), cast.actor("manager")
    with pytest.raises(DomainError, match="Say why") as silent:
        act(extend_protection, seller, registration, reason=" ")
    assert silent.value.code == "reason_needed"
    assert granted(act(extend_protection, seller, registration, reason="Legal.")).upper == NOW + 36 * DAY
    with pytest.raises(DomainError) as refused:
        act(extend_protection, seller, registration, reason="Still legal.")
    assert refused.value.code == "extended_before"
    assert granted(act(extend_protection, manager, registration, reason="Fine.")).upper == NOW + 66 * DAY
    with pytest.raises(DomainError, match="Only a running protection"):
        act(extend_protection, manager, registration, reason="Late.", now=NOW + 66 * DAY)
    events = registration.events.filter(kind="extended").order_by("pk")
    assert [event.reason for event in events] == ["Legal.", "Fine."]
    assert "The protection was extended." in mails("sanna@northwind.example")


def test_a_suspended_partners_window_runs_and_is_not_extended(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=6)
    cast.partner.status = PartnerStatus.SUSPENDED
    cast.partner.save()
    for who in ("seller", "manager"):
        with pytest.raises(DomainError, match="not active gets no extension"):
            act(extend_protection, cast.actor(who), registration, reason="Please.")
    assert expire_registrations(now=NOW + 6 * DAY - timedelta(seconds=1)) == Swept(0, 0)
    assert revoke_of_terminated(now=NOW) == 0
    assert expire_registrations(now=NOW + 6 * DAY) == Swept(1, 0)


def test_a_terminated_partners_live_registrations_are_revoked(cast: Cast) -> None:
    live = [make_registration(cast.partner, status=s) for s in ("submitted", "returned", "waiting", "approved")]
    over = [make_registration(cast.partner, status=s) for s in ("draft", "won", "rejected", "expired")]
    other = make_registration(cast.rival, status="approved")
    assert revoke_of_terminated(now=NOW) == 0
    end_partnership(cast.partner)
    assert revoke_of_terminated(now=NOW) == 4
    assert revoke_of_terminated(now=NOW) == 0
    assert [again(r).status for r in live] == ["revoked"] * 4
    assert [again(r).status for r in (*over, other)] == ["draft", "won", "rejected", "expired", "approved"]
    assert granted(again(live[3])).upper == NOW
    audited = AuditEvent.objects.filter(action="registration.revoked")
    assert {(event.actor, event.reason) for event in audited} == {("rule", "The partnership has ended.")}


@pytest.mark.parametrize(
    ("who", "stage", "is_alive"),
    [
        ("seller", "proposal", True),
        ("crm", "proposal", True),
        ("manager", "proposal", False),
        ("seller", "qualified", False),
    ],
)
def test_forward_moves_by_the_partner_or_the_crm_keep_it_alive(
    cast: Cast, who: str, stage: str, *, is_alive: bool
) -> None:
    registration = make_registration(cast.partner, status="approved", stage="lead")
    registration.stage = "proposal" if stage == "qualified" else "qualified"
    registration.save()
    actor = CRM if who == "crm" else cast.actor(who)
    moved = act(set_stage, actor, registration, stage=stage)
    assert (moved.stage, moved.active_at) == (stage, NOW if is_alive else None)


@pytest.mark.parametrize(("who", "is_alive"), [("seller", True), ("crm", True), ("manager", False)])
def test_notes_by_the_partner_or_the_crm_keep_it_alive(cast: Cast, who: str, *, is_alive: bool) -> None:
    registration = make_registration(cast.partner, status="approved")
    actor = CRM if who == "crm" else cast.actor(who)
    noted = act(add_note, actor, registration, text=" Met them. ")
    assert noted.active_at == (NOW if is_alive else None)
    event = noted.events.get()
    assert (event.kind, event.reason, event.from_status, event.to_status) == (
        "noted",
        "Met them.",
        "approved",
        "approved",
    )


def test_notes_need_words_and_an_open_registration_of_ones_own(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    with pytest.raises(DomainError, match="Write what happened"):
        act(add_note, cast.actor("seller"), registration, text=" ")
    for who in ("rival_seller", "marketing", "viewer"):
        with pytest.raises(NotAllowedError):
            act(add_note, cast.actor(who), registration, text="x")
    with pytest.raises(DomainError, match="while a registration is open"):
        act(add_note, cast.actor("seller"), make_registration(cast.partner, status="lost"), text="x")


def test_a_distributor_looks_on_and_the_holder_acts(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", distributor=cast.rival)
    acts: list[tuple[Any, dict[str, str]]] = [
        (add_note, {"text": "x"}),
        (withdraw_registration, {"reason": "x"}),
        (extend_protection, {"reason": "x"}),
        (set_stage, {"stage": "proposal"}),
    ]
    for service, fields in acts:
        with pytest.raises(NotAllowedError, match="The partner that holds"):
            act(service, cast.actor("rival_seller"), registration, **fields)


def test_warnings_14_and_3_days_before_the_end_go_out_once_each(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=60, active_at=NOW + 40 * DAY)
    end = NOW + 60 * DAY
    assert remind_of_protection(now=end - 14 * DAY - timedelta(seconds=1)) == Reminded()
    assert remind_of_protection(now=end - 14 * DAY) == Reminded(ends=1)
    assert remind_of_protection(now=end - 14 * DAY) == Reminded()
    assert remind_of_protection(now=end - 4 * DAY) == Reminded()
    assert remind_of_protection(now=end - 3 * DAY) == Reminded(ends=1)
    assert remind_of_protection(now=end - 2 * DAY) == Reminded()
    assert remind_of_protection(now=end) == Reminded()
    assert [(r.kind, r.days, r.about) for r in Reminder.objects.order_by("pk")] == [
        ("ends", 14, end),
        ("ends", 3, end),
    ]
    sentence = (
        "The protection ends on 22 January 2027. Report where the deal stands, or ask for an extension while it runs."
    )
    assert mails("sanna@northwind.example") == [sentence, sentence]
    assert mails("anna@vendor.example") == []
    assert [e.kind for e in registration.events.order_by("pk")] == ["ends_soon", "ends_soon"]
    assert OutboxMessage.objects.filter(topic="registration.ends_soon").count() == 2


def test_who_comes_late_is_warned_once_and_after_an_extension_again(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=2, active_at=NOW)
    assert remind_of_protection(now=NOW) == Reminded(ends=1)
    assert Reminder.objects.get().days == 3
    act(extend_protection, cast.actor("seller"), registration, reason="Legal.")
    assert remind_of_protection(now=NOW + 17 * DAY) == Reminded()
    assert remind_of_protection(now=NOW + 18 * DAY) == Reminded(ends=1)
    assert [r.days for r in Reminder.objects.order_by("pk")] == [3, 14]


def test_30_days_without_an_update_warn_both_sides(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=60)
    start = NOW - 30 * DAY
    assert granted(registration).lower == start
    assert remind_of_protection(now=NOW - timedelta(seconds=1)) == Reminded()
    assert remind_of_protection(now=NOW) == Reminded(inactive=1)
    assert remind_of_protection(now=NOW + DAY) == Reminded()
    assert mails("sanna@northwind.example") == [
        (
            "Nothing was reported for 30 days. Move the stage forward or write a note; "
            "otherwise your channel manager may release the customer."
        )
    ]
    assert mails("anna@vendor.example") == ["Northwind IT reported nothing for 30 days."]


def test_an_update_begins_the_30_days_anew(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=80)
    act(add_note, cast.actor("seller"), registration, text="Met them.", now=NOW)
    assert remind_of_protection(now=NOW + 30 * DAY - timedelta(seconds=1)) == Reminded()
    assert remind_of_protection(now=NOW + 30 * DAY) == Reminded(inactive=1)


def test_45_days_put_it_before_the_manager_to_release(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=60)
    make_registration(cast.rival, status="approved", days_left=80)
    assert remind_of_protection(now=NOW) == Reminded(inactive=1)
    at = NOW + 15 * DAY
    assert list(to_release(cast.actor("manager"), now=at - timedelta(seconds=1))) == []
    assert list(to_release(cast.actor("manager"), now=at)) == [registration]
    assert list(to_release(cast.actor("stranger"), now=at)) == []
    assert remind_of_protection(now=at) == Reminded(release=1)
    assert remind_of_protection(now=at) == Reminded()
    assert mails("anna@vendor.example") == [
        "Northwind IT reported nothing for 30 days.",
        "Northwind IT reported nothing for 45 days.",
    ]
    with pytest.raises(DomainError, match="within the last 45 days") as refused:
        act(release_registration, cast.actor("manager"), registration, reason="Silent.", now=at - DAY)
    assert refused.value.code == "still_active"
    for who in ("seller", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            act(release_registration, cast.actor(who), registration, reason="Silent.", now=at)
    with pytest.raises(DomainError, match="Give the reason"):
        act(release_registration, cast.actor("manager"), registration, reason=" ", now=at)
    released = act(release_registration, cast.actor("manager"), registration, reason="Silent.", now=at)
    assert (released.status, granted(released).upper) == ("revoked", at)
    assert list(to_release(cast.actor("manager"), now=at)) == []
    told = "The protection was released: nothing was reported on this deal for a long time."
    assert told in mails("sanna@northwind.example")


def test_who_was_never_warned_hears_once_when_45_days_are_over(cast: Cast) -> None:
    make_registration(cast.partner, status="approved", days_left=45)
    assert remind_of_protection(now=NOW) == Reminded(release=1)
    assert remind_of_protection(now=NOW) == Reminded()


def test_only_the_protected_are_released(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Only a protected customer"):
        act(release_registration, cast.actor("manager"), make_registration(cast.partner), reason="x")


def test_the_database_keeps_a_reminder_once(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    one = {"registration": registration, "kind": "ends", "days": 14, "about": NOW, "at": NOW}
    Reminder.objects.create(**one)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Reminder.objects.create(**one)
    assert constraint_of(refused.value) == "reminder_once"


def test_without_a_manager_of_its_own_all_managers_are_told(cast: Cast) -> None:
    make_registration(make_partner("orphan"), status="approved", days_left=60)
    remind_of_protection(now=NOW)
    assert mails("anna@vendor.example") == mails("piotr@vendor.example")
    assert len(mails("anna@vendor.example")) == 1


def run(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def test_the_batches_run_by_command_and_by_the_clock_and_twice(cast: Cast) -> None:
    make_registration(cast.former, status="approved")
    long = TimestamptzRange(NOW - 600 * DAY, NOW + 30_000 * DAY)
    make_registration(cast.partner, status="approved", protected=long)
    assert run("revoke_registrations") == "1 revoked\n"
    assert run("revoke_registrations") == "0 revoked\n"
    assert run("remind_of_protection") == "0 end soon, 0 inactive, 1 to release\n"
    assert run("remind_of_protection") == "0 end soon, 0 inactive, 0 to release\n"
    for task in (expire_registrations_daily, revoke_registrations, remind_daily):
        task()
        task()
    assert Registration.objects.filter(status="approved").count() == 1
