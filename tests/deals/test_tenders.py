"""Tenders and distributors (deal rules, section 4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.range import TimestamptzRange

from deals.models import Registration, Tender
from deals.queries.tenders import bidders_of, tenders_for
from deals.services.decisions import approve_registration
from deals.services.handover import hand_over
from deals.services.submission import submit_registration
from deals.services.tenders import close_tender, open_tender
from partners.models import ParentAssignment, Partner, PartnerStatus
from prm.errors import DomainError, NotAllowedError
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_account, make_family, make_registration, make_subscription
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def submit(cast: Cast, who: str = "seller", now: datetime = NOW, **fields: Any) -> Registration:
    wait = fields.pop("wait", False)
    return submit_registration(deal=a_deal(**fields), actor=cast.actor(who), now=now, wait=wait)


def again(registration: Registration) -> Registration:
    return Registration.objects.select_related("account", "family", "holder").get(pk=registration.pk)


def tender(cast: Cast, account: Any, reason: str = "Public tender.", now: datetime = NOW) -> Tender:
    family = make_family()
    return open_tender(account_id=account.pk, family_id=family.pk, reason=reason, actor=cast.actor("manager"), now=now)


def approve(cast: Cast, registration: Registration, **fields: Any) -> Registration:
    fields = {"now": NOW, "version": None, **fields}
    return approve_registration(registration_id=registration.pk, actor=cast.actor("manager"), **fields)


def mails(address: str) -> list[str]:
    found = OutboxMessage.objects.filter(topic="mail", payload__to=address).order_by("pk")
    return [message.payload["text"].split("\n")[0] for message in found]


def test_bidders_are_approved_beside_each_other_and_the_earlier_holder_stays(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    third = make_partner("third")
    held = make_registration(third, account=account, status="approved", protected_tier=cast.tier)
    tender(cast, account)
    bids = [submit(cast, "seller"), submit(cast, "rival_seller")]
    assert [bid.status for bid in bids] == ["submitted", "submitted"]
    for bid in reversed(bids):
        approved = approve(cast, bid)
        assert (approved.status, approved.exclusive) == ("approved", False)
        assert approved.protected == TimestamptzRange(NOW, NOW + 90 * DAY)
    kept = again(held)
    assert (kept.status, kept.exclusive, kept.protected_tier) == ("approved", True, cast.tier)
    assert kept.protected == held.protected
    assert list(bidders_of(Tender.objects.get())) == bids


def test_without_a_tender_the_same_is_refused(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_registration(make_partner("third"), account=account, status="approved")
    assert submit(cast).status == "rejected"


def test_an_incumbent_does_not_keep_bidders_out(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_subscription(account, credited=cast.rival)
    assert submit(cast).status == "rejected"
    tender(cast, account)
    bid = submit(cast, now=NOW + 31 * DAY)
    assert bid.status == "submitted"
    assert [(f.code, f.severity) for f in bid.findings.all()] == [("incumbent", "review")]


def test_opening_has_those_decided_who_wait_and_tells_them(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_registration(make_partner("third"), account=account, status="approved", days_left=400)
    waiting = submit(cast, wait=True)
    opened = tender(cast, account)
    moved = again(waiting)
    assert (moved.status, moved.place) == ("submitted", waiting.place)
    sentence = "A tender is open on this customer: your registration is being decided now."
    assert sentence in mails("jere@northwind.example")
    assert OutboxMessage.objects.get(topic="tender.opened").payload["tender"] == str(opened.public_id)
    assert AuditEvent.objects.get(action="tender.opened").reason == "Public tender."


def test_one_tender_at_a_time_by_managers_with_a_reason(cast: Cast) -> None:
    account = make_account()
    opened = tender(cast, account)
    with pytest.raises(DomainError, match="open on this customer and family already") as refused:
        tender(cast, account)
    assert refused.value.code == "tender_open_once"
    with pytest.raises(DomainError, match="Give the reason"):
        tender(cast, make_account(), reason=" ")
    for who in ("seller", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            open_tender(account_id=account.pk, family_id=opened.family_id, reason="x", actor=cast.actor(who), now=NOW)
    assert list(tenders_for(cast.actor("viewer"))) == [opened]
    assert list(tenders_for(cast.actor("seller"))) == []


def test_closing_loses_the_others_and_protects_the_winner_where_nobody_is(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    opened = tender(cast, account)
    winner, loser = approve(cast, submit(cast)), approve(cast, submit(cast, "rival_seller"))
    late = make_registration(make_partner("late"), account=account, place=999_999)
    close: dict[str, Any] = {"reason": "Best offer.", "actor": cast.actor("manager"), "now": NOW + DAY}
    with pytest.raises(DomainError, match="no bidder"):
        close_tender(tender_id=opened.pk, winner_id=late.pk, **close)
    closed = close_tender(tender_id=opened.pk, winner_id=winner.pk, **close)
    assert (closed.closed_at, closed.outcome, closed.winner) == (NOW + DAY, "Best offer.", winner)
    won, lost = again(winner), again(loser)
    assert (won.status, won.exclusive, won.protected) == ("approved", True, winner.protected)
    assert (lost.status, lost.closed_on) == ("lost", date(2026, 11, 24))
    assert again(late).status == "waiting"
    assert "Best offer" not in "".join(mails("tomasz@contoso.example"))
    with pytest.raises(DomainError, match="closed already"):
        close_tender(tender_id=opened.pk, winner_id=None, **close)
    assert submit(cast, "rival_seller", now=NOW + 40 * DAY).status == "rejected"


def test_closing_without_a_winner_leaves_the_earlier_holder_alone(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    held = make_registration(make_partner("third"), account=account, status="approved")
    opened = tender(cast, account)
    bid, undecided = approve(cast, submit(cast)), submit(cast, "rival_seller")
    close_tender(tender_id=opened.pk, winner_id=None, reason="Called off.", actor=cast.actor("manager"), now=NOW)
    assert (again(bid).status, again(undecided).status) == ("lost", "waiting")
    assert again(held).protected == held.protected


def under(child: Partner, parent: Partner, since: date = date(2026, 1, 1)) -> None:
    ParentAssignment.objects.create(partner=child, parent=parent, valid_from=since)


def give(cast: Cast, who: str, registration: Registration, to: Partner, **fields: Any) -> Registration:
    values: dict[str, Any] = {"now": NOW, "version": None, **fields}
    return hand_over(registration_id=registration.pk, to_partner_id=to.pk, actor=cast.actor(who), **values)


@pytest.mark.parametrize("who", ["seller", "owner", "manager"])
def test_handing_over_keeps_place_window_and_terms(cast: Cast, who: str) -> None:
    sub = make_partner("sub", name="Subsidia")
    under(sub, cast.partner)
    held = make_registration(cast.partner, status="approved", place=77, protected_tier=cast.tier)
    given = again(give(cast, who, held, sub, reason="They know the customer."))
    assert (given.holder, given.distributor, given.status) == (sub, cast.partner, "approved")
    assert (given.place, given.protected, given.protected_tier) == (77, held.protected, cast.tier)
    event = given.events.get()
    assert (event.kind, event.reason) == ("handed_over", "They know the customer.")
    assert event.data == {"from_partner": "northwind", "to_partner": "sub"}
    assert Registration.objects.visible_to(cast.actor("seller")).get() == held


def test_the_distributor_hands_it_on_and_the_sub_partner_does_not(cast: Cast) -> None:
    other = make_partner("other")
    for child in (cast.rival, other):
        under(child, cast.partner)
    held = make_registration(cast.rival, status="submitted", distributor=cast.partner)
    with pytest.raises(NotAllowedError, match="The distributor hands it over"):
        give(cast, "rival_seller", held, other)
    given = give(cast, "seller", held, other)
    assert (given.holder, given.distributor, given.place) == (other, cast.partner, held.place)
    with pytest.raises(DomainError, match="holds it already"):
        give(cast, "seller", held, other)


def test_only_to_an_active_partner_under_it_today_and_only_while_open(cast: Cast) -> None:
    held = make_registration(cast.partner, status="approved")
    sub = make_partner("sub", status=PartnerStatus.SUSPENDED)
    under(sub, cast.partner)
    for to in (cast.rival, sub):
        with pytest.raises(DomainError, match="does not sell under") as refused:
            give(cast, "seller", held, to)
        assert refused.value.code == "not_a_sub_partner"
    sub.status = PartnerStatus.ACTIVE
    sub.save()
    lost = make_registration(cast.partner, status="lost")
    with pytest.raises(DomainError, match="Only an open registration"):
        give(cast, "seller", lost, sub)
    with pytest.raises(NotAllowedError):
        give(cast, "marketing", held, sub)
    account = held.account
    make_registration(sub, account=account)
    with pytest.raises(DomainError) as duplicate:
        give(cast, "seller", held, sub)
    assert duplicate.value.code == "own_duplicate"


def test_a_distributor_and_its_sub_partner_are_not_rivals(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_registration(cast.rival, account=account, status="approved", distributor=cast.partner)
    made = submit(cast)
    assert made.status == "rejected"
    assert [f.code for f in made.findings.all()] == ["own_duplicate"]
