"""The line behind a customer: places, who is next however protection ends, reversal, another claim (section 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from deals.models import Registration, RegistrationEvent, RegistrationStatus
from deals.services.changing import Claim, change_claim
from deals.services.decisions import approve_registration, reject_registration, return_for_information
from deals.services.expiry import Swept, expire_registrations
from deals.services.holding import lock_registration
from deals.services.progress import close, lose_registration, withdraw_registration
from deals.services.release import release_registration, revoke_of_terminated
from deals.services.reversal import reverse_rejection
from deals.services.submission import save_draft, submit_families, submit_registration
from deals.services.trail import Act
from deals.services.winning import Sale, win_registration
from prm.errors import DomainError, NotAllowedError
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_account, make_family, make_product, make_registration
from tests.factories.partners import end_partnership, make_partner

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


def mails(address: str) -> list[str]:
    found = OutboxMessage.objects.filter(topic="mail", payload__to=address).order_by("pk")
    return [message.payload["text"].split("\n")[0] for message in found]


def sold(registration: Registration) -> Sale:
    return Sale(make_product(family=registration.family), Decimal(480), "EUR", date(2026, 12, 1))


def supersede(cast: Cast, held: Registration) -> None:
    registration = lock_registration(registration_id=held.pk, actor=cast.actor("manager"), version=None)
    done = Act(cast.actor("manager"), NOW + DAY)
    close(registration, to=RegistrationStatus.SUPERSEDED, kind="superseded", act=done)


def terminate(cast: Cast, _held: Registration) -> None:
    end_partnership(cast.partner)
    assert revoke_of_terminated(now=NOW + DAY) == 1
    assert revoke_of_terminated(now=NOW + DAY) == 0


def release(cast: Cast, held: Registration) -> None:
    act(release_registration, cast, "manager", held, reason="Silent.", now=NOW + 60 * DAY)


ENDS: dict[str, Callable[[Cast, Registration], object]] = {
    "won": lambda cast, held: act(win_registration, cast, "manager", held, sale=sold(held)),
    "lost": lambda cast, held: act(lose_registration, cast, "seller", held),
    "expired": lambda _cast, _held: expire_registrations(now=NOW + 61 * DAY),
    "withdrawn": lambda cast, held: act(withdraw_registration, cast, "seller", held),
    "revoked": terminate,
    "released": release,
    "superseded": supersede,
}


@pytest.mark.parametrize("way", ENDS)
def test_however_protection_ends_the_first_in_line_is_decided_and_told(cast: Cast, way: str) -> None:
    account = make_account(domain="lumisaari.fi")
    held = make_registration(cast.partner, account=account, status="approved", now=NOW)
    first = submit(cast, "rival_seller", wait=True)
    second = make_registration(make_partner("third"), account=account, status="waiting", place=(first.place or 0) + 1)
    assert again(first).status == "waiting"
    ENDS[way](cast, held)
    assert again(held).status == {"released": "revoked"}.get(way, way)
    moved = again(first)
    assert (moved.status, moved.place) == ("submitted", first.place)
    assert again(second).status == "waiting"
    event = moved.events.order_by("pk").last()
    assert event is not None
    assert (event.kind, event.from_status, event.to_status, event.actor) == (
        "next_in_line",
        "waiting",
        "submitted",
        "rule",
    )
    told = "You are next in line: your registration is being decided now."
    assert told in mails("tomasz@contoso.example")
    assert told in mails("ewa@contoso.example")
    assert told not in mails("jere@northwind.example")


def test_a_draft_has_no_place_and_a_submission_takes_one(cast: Cast) -> None:
    draft = save_draft(deal=a_deal(), actor=cast.actor("seller"), now=NOW)
    assert (draft.place, draft.account_id) == (None, None)
    other = submit(cast, "rival_seller")
    made = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW, draft_id=draft.pk)
    assert made.place is not None
    assert other.place is not None
    assert made.place > other.place


def test_a_rejection_reversed_within_five_business_days_regains_its_place(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    act(reject_registration, cast, "manager", first, reason="No contact.", now=NOW)
    # Five business days of eight hours after Monday 10:42 are over on the next Monday at 10:42.
    end = datetime(2026, 11, 30, 10, 42, tzinfo=UTC)
    with pytest.raises(DomainError, match="more than 5 business days") as refused:
        act(reverse_rejection, cast, "manager", first, reason="Sorry", now=end + timedelta(seconds=1))
    assert refused.value.code == "too_late"
    back = act(reverse_rejection, cast, "manager", first, reason="Our mistake.", now=end)
    assert (back.status, back.place) == ("submitted", first.place)
    assert (back.decided_at, back.decision_reason) == (None, "")
    assert back.due_at == datetime(2026, 12, 2, 10, 42, tzinfo=UTC)
    assert "The rejection was taken back. Your registration is looked at again." in mails("jere@northwind.example")
    with pytest.raises(DomainError) as behind:
        act(approve_registration, cast, "manager", second, now=end)
    assert behind.value.code == "rival_pending"


def test_a_reversed_rejection_goes_behind_whoever_was_approved_meanwhile(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    act(reject_registration, cast, "manager", first, reason="No contact.", now=NOW)
    act(approve_registration, cast, "manager", second, now=NOW)
    back = act(reverse_rejection, cast, "manager", first, reason="Our mistake.")
    assert (back.status, back.due_at) == ("waiting", NOW + 181 * DAY)
    assert back.place is not None
    assert second.place is not None
    assert back.place > second.place
    event = back.events.order_by("pk").last()
    assert event is not None
    assert (event.kind, event.reason, event.data) == (
        "rejection_reversed",
        "Our mistake.",
        {"place": back.place, "place_kept": False},
    )


def test_a_place_is_lost_to_one_that_was_approved_and_ended_meanwhile(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    act(reject_registration, cast, "manager", first, reason="No contact.", now=NOW)
    act(approve_registration, cast, "manager", second, now=NOW)
    act(lose_registration, cast, "rival_seller", second, now=NOW + DAY)
    back = act(reverse_rejection, cast, "manager", first, reason="Our mistake.")
    assert back.status == "submitted"
    assert (back.place or 0) > (second.place or 0)


def test_a_place_is_not_lost_to_ones_own_other_registration(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    first = submit(cast)
    act(reject_registration, cast, "manager", first, reason="No contact.", now=NOW)
    own = make_registration(cast.partner, account=account, status="approved", decided_at=NOW + DAY)
    act(lose_registration, cast, "seller", own, now=NOW + DAY)
    back = act(reverse_rejection, cast, "manager", first, reason="Our mistake.", now=NOW + 2 * DAY)
    assert (back.status, back.place) == ("submitted", first.place)


def test_nobody_moves_up_while_the_customer_is_held(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_registration(cast.partner, account=account, status="approved", now=NOW)
    first = submit(cast, "rival_seller", wait=True)
    second = make_registration(make_partner("third"), account=account, status="waiting", place=(first.place or 0) + 1)
    act(withdraw_registration, cast, "rival_seller", first)
    assert (again(first).status, again(second).status) == ("withdrawn", "waiting")


def test_only_a_person_of_ours_takes_a_rejection_back_and_only_a_rejection(cast: Cast) -> None:
    first = submit(cast)
    with pytest.raises(DomainError, match="Only a rejection"):
        act(reverse_rejection, cast, "manager", first, reason="x")
    act(reject_registration, cast, "manager", first, reason="No.")
    for who in ("seller", "owner", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            act(reverse_rejection, cast, who, first, reason="x")
    with pytest.raises(DomainError, match="Give the reason"):
        act(reverse_rejection, cast, "manager", first, reason=" ")


def test_another_family_takes_a_new_place_and_the_line_moves_up(cast: Cast) -> None:
    backup = make_family("backup")
    account = make_account(domain="lumisaari.fi")
    first, behind = submit(cast), submit(cast, "rival_seller")
    Registration.objects.filter(pk=behind.pk).update(status="waiting")
    claim = Claim(family=backup, website="lumisaari.fi", company="Lumisaari Oy", country="FI")
    changed = act(change_claim, cast, "seller", first, claim=claim, reason="They want backup.")
    assert (changed.status, changed.family, changed.account) == ("submitted", backup, account)
    assert (changed.place or 0) > (behind.place or 0)
    assert changed.due_at == datetime(2026, 11, 26, 10, 42, tzinfo=UTC)
    assert again(behind).status == "submitted"
    event = changed.events.order_by("pk").last()
    assert event is not None
    assert (event.kind, event.reason, event.channel) == ("claim_changed", "They want backup.", "portal")
    assert event.data["left"] == [account.pk, first.family_id]


def test_the_same_claim_again_keeps_the_place(cast: Cast) -> None:
    first = submit(cast)
    claim = Claim(family=first.family, website="www.lumisaari.fi", company="Lumisaari", country="FI")
    kept = act(change_claim, cast, "seller", first, claim=claim)
    assert (kept.place, kept.version) == (first.place, first.version)


def test_a_change_is_answered_as_a_submission_would_be(cast: Cast) -> None:
    held = make_account(domain="haapala.fi")
    make_registration(cast.rival, account=held, status="approved")
    first = submit(cast)
    claim = Claim(family=first.family, website="haapala.fi", company="Haapala", country="FI")
    refused = act(change_claim, cast, "seller", first, claim=claim)
    assert (refused.status, refused.account) == ("rejected", held)
    assert list(refused.events.order_by("pk").values_list("kind", "from_status", "to_status")) == [
        ("submitted", "draft", "submitted"),
        ("claim_changed", "submitted", "submitted"),
        ("rejected", "submitted", "rejected"),
    ]


def test_our_own_people_name_the_record_and_partners_do_not(cast: Cast) -> None:
    unit = make_account("Lumisaari Retail Oy")
    first = submit(cast)
    claim = Claim(family=first.family, account=unit)
    with pytest.raises(NotAllowedError):
        act(change_claim, cast, "seller", first, claim=claim)
    assert act(change_claim, cast, "manager", first, claim=claim).account == unit
    held = make_registration(cast.partner, status="approved")
    with pytest.raises(DomainError, match="while a registration is undecided"):
        act(change_claim, cast, "manager", held, claim=claim)


def test_a_unit_that_buys_for_itself_is_a_child_with_a_line_of_its_own(cast: Cast) -> None:
    group = make_account("Lumisaari Group", domain="lumisaari.com")
    make_account("Lumisaari Retail Oy", domain="lumisaari.fi", parent=group)
    make_registration(cast.rival, account=group, status="approved")
    first = submit(cast)
    assert first.status == "submitted"
    assert act(approve_registration, cast, "manager", first).status == "approved"


def test_a_deal_over_several_families_is_one_act_with_one_number(cast: Cast) -> None:
    families = [make_family("backup"), make_family("security")]
    deals = [a_deal(family=family) for family in families]
    made = submit_families(deals=deals, actor=cast.actor("seller"), now=NOW)
    assert [r.family for r in made] == families
    numbers = {r.deal_number for r in made}
    assert len(numbers) == 1
    assert None not in numbers
    assert len({r.account_id for r in made}) == 1
    one = submit_families(deals=[a_deal("other.fi")], actor=cast.actor("seller"), now=NOW)
    assert [r.deal_number for r in one] == [None]


def test_a_deal_over_several_families_is_submitted_whole_or_not_at_all(cast: Cast) -> None:
    twice = [a_deal(family=make_family("backup"))] * 2
    with pytest.raises(DomainError, match="each product family once"):
        submit_families(deals=twice, actor=cast.actor("seller"), now=NOW)
    several = [a_deal(family=make_family("backup")), a_deal("other.fi")]
    with pytest.raises(DomainError, match="about one customer"):
        submit_families(deals=several, actor=cast.actor("seller"), now=NOW)
    broken = [a_deal(family=make_family("backup")), a_deal(expected_mrr=Decimal(-1))]
    with pytest.raises(DomainError, match="out of range"):
        submit_families(deals=broken, actor=cast.actor("seller"), now=NOW)
    assert not Registration.objects.exists()


def test_returned_keeps_its_place_and_is_withdrawn_after_five_business_days(cast: Cast) -> None:
    first = submit(cast)
    returned = act(return_for_information, cast, "manager", first, question="Who signs?", now=NOW)
    due = datetime(2026, 11, 30, 10, 42, tzinfo=UTC)
    assert (returned.place, returned.due_at) == (first.place, due)
    assert expire_registrations(now=due) == Swept(0, 1)
    assert again(first).status == "withdrawn"
    assert "The registration was withdrawn." in mails("jere@northwind.example")


def test_every_change_says_who_when_why_and_from_where(cast: Cast) -> None:
    first = submit(cast)
    act(reject_registration, cast, "manager", first, reason="No contact.")
    event = RegistrationEvent.objects.get(registration=first, kind="rejected")
    assert (event.at, event.from_status, event.to_status) == (NOW + DAY, "submitted", "rejected")
    assert (event.user, event.actor, event.channel, event.reason) == (
        cast.manager,
        "Anna Kowal",
        "console",
        "No contact.",
    )
    audited = AuditEvent.objects.get(action="registration.rejected")
    assert (audited.actor, audited.channel, audited.reason) == ("Anna Kowal", "console", "No contact.")
    message = OutboxMessage.objects.get(topic="registration.rejected")
    assert message.payload == {
        "registration": str(first.public_id),
        "reference": first.reference,
        "partner": cast.partner.pk,
        "from": "submitted",
        "to": "rejected",
        "at": "2026-11-24T10:42:00+00:00",
    }


def test_no_mail_names_another_partner(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    act(approve_registration, cast, "manager", first)
    act(withdraw_registration, cast, "seller", first)
    act(reject_registration, cast, "manager", second, reason="No contact.")
    told = OutboxMessage.objects.filter(topic="mail")
    assert told.count() == 8
    for message in told:
        other = "Northwind" if "contoso" in message.payload["to"] else "Contoso"
        assert other not in message.payload["text"] + message.payload["subject"]
