"""Business reviews: prepared as of a day, shared, held with actions that go on; their pages in console and portal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from partners.models import Activity, BusinessReview, Certification, JointAction, TierCriterion
from partners.queries.plans import open_actions
from partners.queries.reviews import prepared, reviews_of
from partners.services.plans.drafting import PlannedAction
from partners.services.reviews import cancel_review, prepare_review, record_review, share_review, write_agenda
from prm.actors import Actor, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import make_registration
from tests.factories.partners import make_tier
from tests.factories.plans import NOW, make_agreed, make_held

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
DAY = timedelta(days=1)
CONSOLE = "/manage/partners/northwind/reviews/"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", " ", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


def refused_by(name: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    assert constraint_of(refused.value) == name


def prepare(cast: Cast, day: date = TODAY, **values: Any) -> BusinessReview:
    said = {"agenda": "Backup", "actor": cast.actor("manager"), "now": NOW, "partner_id": cast.partner.pk, **values}
    return prepare_review(day=day, **said)


# The services


def test_prepared_shared_and_held(cast: Cast) -> None:
    row = prepare(cast)
    manager = cast.actor("manager")
    write_agenda(review_id=row.pk, agenda=" Backup first ", actor=manager, now=NOW)
    assert reviews_of(actor=cast.actor("owner"), partner_id=cast.partner.pk) == []
    for _time in range(2):
        share_review(review_id=row.pk, actor=manager, now=NOW)
    mails = OutboxMessage.objects.filter(topic="mail").values_list("payload__to", "payload__subject")
    assert list(mails) == [
        ("sanna@northwind.example", "The business review of Northwind IT on 25 November 2026 is prepared")
    ]
    assert reviews_of(actor=cast.actor("owner"), partner_id=cast.partner.pk) == [row]
    new = PlannedAction("Train two engineers", "partner", "Sanna", date(2027, 1, 31))
    held = record_review(
        partner=cast.partner, summary="Two seminars\nand a course", actor=manager, now=NOW, review_id=row.pk,
        actions=(new,),
    )  # fmt: skip
    assert (held.pk, held.day, held.summary, held.agenda, held.held_by) == (
        row.pk, TODAY, "Two seminars\nand a course", "Backup first", "Anna Kowal",
    )  # fmt: skip
    action = JointAction.objects.get()
    assert (action.review, action.what, action.agreed_on, action.due_on) == (row, new.what, TODAY, new.due_on)
    assert list(Activity.objects.order_by("pk").values_list("kind", "object", "occurred_at")) == [
        ("review_shared", "2026-11-25", NOW),
        ("review_held", "Two seminars\nand a course", NOW),
    ]
    for again in (
        partial(record_review, partner=cast.partner, summary="x", review_id=row.pk),
        partial(share_review, review_id=row.pk),
        partial(write_agenda, review_id=row.pk, agenda="x"),
        partial(cancel_review, review_id=row.pk),
    ):
        with pytest.raises(StaleError):
            again(actor=manager, now=NOW)


def test_the_day_on_which_it_counts(cast: Cast) -> None:
    past, manager = prepare(cast, TODAY - 5 * DAY), cast.actor("manager")
    ahead = prepare(cast, TODAY + 3 * DAY)
    record_review(partner=cast.partner, summary="Earlier", actor=manager, now=NOW, review_id=past.pk)
    record_review(partner=cast.partner, summary="Sooner", actor=manager, now=NOW, review_id=ahead.pk)
    assert list(Activity.objects.order_by("pk").values_list("object", "occurred_at")) == [
        ("Earlier", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("Sooner", NOW),
    ]
    ahead.refresh_from_db()
    assert ahead.day == TODAY


def test_one_recorded_by_the_way_takes_the_page_of_the_day(cast: Cast) -> None:
    row = prepare(cast)
    record_review(partner=cast.partner, summary="Two seminars", actor=cast.actor("manager"), now=NOW)
    held = BusinessReview.objects.get()
    assert (held.pk, held.summary) == (row.pk, "Two seminars")
    with pytest.raises(DomainError, match="another review on this day"):
        record_review(partner=cast.partner, summary="Again", actor=cast.actor("manager"), now=NOW)
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("who", ["viewer", "finance_person", "owner", "seller", "stranger"])
def test_only_channel_managers_and_administrators(cast: Cast, who: str) -> None:
    row, actor = prepare(cast), cast.actor(who)
    for act in (
        partial(prepare_review, partner_id=cast.partner.pk, day=TODAY + DAY, agenda=""),
        partial(write_agenda, review_id=row.pk, agenda="x"),
        partial(share_review, review_id=row.pk),
        partial(record_review, partner=cast.partner, summary="x", review_id=row.pk),
        partial(cancel_review, review_id=row.pk),
    ):
        with pytest.raises(NotAllowedError):
            act(actor=actor, now=NOW)
    assert BusinessReview.objects.get().held_at is None


def test_what_is_refused(cast: Cast) -> None:
    row, manager = prepare(cast), cast.actor("manager")
    record = partial(record_review, partner=cast.partner, actor=manager, now=NOW, review_id=row.pk)
    action = PlannedAction("Train", "partner", "Sanna", TODAY)
    for values, code in (
        ({"summary": " "}, "summary_missing"),
        ({"summary": "x" * 2001}, "too_long"),
        ({"summary": "x", "actions": (action,) * 21}, "too_many"),
        ({"summary": "x", "actions": (PlannedAction("", "partner", "S", TODAY),)}, "action_says_what"),
    ):
        with pytest.raises(DomainError) as refused:
            record(**values)
        assert refused.value.code == code
    with pytest.raises(DomainError, match="another review on this day"):
        prepare(cast)
    with pytest.raises(DomainError, match="a partner of the program"):
        prepare(cast, partner_id=cast.former.pk)
    with pytest.raises(StaleError, match="another partner"):
        record_review(partner=cast.rival, summary="x", actor=manager, now=NOW, review_id=row.pk)
    cancel_review(review_id=row.pk, actor=manager, now=NOW)
    assert not BusinessReview.objects.exists()


def test_the_database_keeps_what_was_held(cast: Cast) -> None:
    row = make_held(cast, day=TODAY)
    refused_by("immutable", partial(BusinessReview.objects.filter(pk=row.pk).update, summary="Else"))
    refused_by("immutable", partial(_delete, row))
    refused_by("review_held_is_said", partial(_make, cast, held_at=NOW))
    refused_by("review_once_a_day", partial(_make, cast))
    refused_by(
        "action_has_one_origin",
        lambda: JointAction.objects.create(
            partner=cast.partner, what="x", side="partner", owner="y", due_on=TODAY, agreed_on=TODAY
        ),
    )


def _delete(row: BusinessReview) -> None:
    BusinessReview.objects.filter(pk=row.pk).delete()


def _make(cast: Cast, **values: Any) -> None:
    BusinessReview.objects.create(partner=cast.partner, day=TODAY, created_at=NOW, **values)


def test_who_sees_a_review(cast: Cast) -> None:
    row = make_held(cast, day=TODAY)
    for who, seen in (("viewer", [row]), ("owner", [row]), ("seller", []), ("finance", []), ("rival_owner", [])):
        assert list(BusinessReview.objects.visible_to(cast.actor(who))) == seen
    key = Actor(kind=ActorKind.PARTNER_KEY, partner_id=cast.partner.pk)
    assert list(BusinessReview.objects.visible_to(key)) == [row]
    rival = Actor(kind=ActorKind.PARTNER_KEY, partner_id=cast.rival.pk)
    assert list(BusinessReview.objects.visible_to(rival)) == []


# What the page puts together


def test_figures_are_those_of_the_day_and_of_the_review_before(cast: Cast) -> None:
    """One certified person on 1 September, two on 20 November, three today: the review of the 20th says 1 → 2."""
    for user, since in ((cast.owner, "08-01"), (cast.seller, "11-20"), (cast.finance, "11-25")):
        Certification.objects.create(user=user, certification="Pro", valid_from=date.fromisoformat(f"2026-{since}"))
    make_held(cast, day=date(2026, 9, 1))
    prepare(cast, date(2026, 10, 1))  # never held: nothing is compared with it
    row = prepare(cast, date(2026, 11, 20))
    found = prepared(row, actor=cast.actor("viewer"), today=TODAY)
    assert (found.as_of, found.since) == (date(2026, 11, 20), date(2026, 9, 1))
    by_code = {one.metric.code: one for one in found.figures}
    moved = by_code["certified_people"]
    assert (moved.value.value, moved.value.n, moved.before and moved.before.value) == (Decimal(2), 2, Decimal(1))
    assert by_code["win_rate"].value.value is None
    assert found.version is None
    ahead = prepared(prepare(cast, date(2026, 12, 20)), actor=cast.actor("viewer"), today=TODAY)
    assert ahead.as_of == TODAY
    first = prepared(make_held(cast, day=date(2026, 6, 1)), actor=cast.actor("viewer"), today=TODAY)
    assert (first.since, {one.before for one in first.figures}) == (None, {None})


def test_open_actions_go_on_and_new_ones_stand_apart(cast: Cast) -> None:
    make_agreed(cast)
    row, manager = prepare(cast, timezone.now().date()), cast.actor("manager")
    new = PlannedAction("Visit ten customers", "vendor", "Anna", date(2027, 1, 1))
    record_review(
        partner=cast.partner, summary="Go on", actor=manager, now=timezone.now(), review_id=row.pk, actions=(new,)
    )
    page = cast.signed_in("owner").get(f"/portal/reviews/{row.public_id}/")
    assert [one.line.what for one in page.context["carried"]] == ["Train two engineers", "Give a seminar"]
    assert [(one.line.what, one.side) for one in page.context["agreed"]] == [("Visit ten customers", "Vendor")]
    assert [one.marks for one in page.context["carried"]] == [True, False]
    later = open_actions(actor=manager, partner_id=cast.partner.pk, on=date(2027, 3, 1))
    assert later.count() == 3


# The pages


def test_a_manager_prepares_prints_and_holds(cast: Cast) -> None:
    make_registration(cast.partner, status="approved", company="Aurora Oy", stage="Offer")
    client, today = cast.signed_in("manager"), timezone.now().date()
    assert "No review was prepared yet" in text(client.get(CONSOLE))
    made = client.post(CONSOLE, {"day": f"{today}", "agenda": "Backup"})
    row = BusinessReview.objects.get()
    path = f"{CONSOLE}{row.public_id}/"
    assert made["Location"] == path
    assert client.post(CONSOLE, {"day": f"{today}", "agenda": ""}).status_code == 422
    page = text(client.get(path))
    for told in ("Backup", "Certified people", "Open deals 1", "No joint plan is agreed for this time.", "Tier Silver"):
        assert told in page
    assert client.post(f"{path}act/", {"act": "share"}).status_code == 302
    client.post(f"{path}act/", {"act": "agenda", "agenda": "Backup, then security"})
    bad = client.post(path, {"summary": "", "a-0-what": "Train", "a-0-side": "partner"})
    assert (bad.status_code, "Say who does it." in text(bad)) == (422, True)
    done = client.post(path, {"summary": "Two seminars"}, follow=True)
    assert "The business review is recorded." in text(done)
    assert "Backup, then security" in text(done)
    assert "Record the review" not in text(done)
    assert client.post(path, {"summary": "Again"}).status_code == 409
    assert "Two seminars" in text(client.get(CONSOLE))


def test_a_prepared_review_is_cancelled(cast: Cast) -> None:
    row, client = prepare(cast), cast.signed_in("manager")
    gone = client.post(f"{CONSOLE}{row.public_id}/act/", {"act": "cancel"}, follow=True)
    assert "The review is cancelled." in text(gone)
    assert client.get(f"{CONSOLE}{row.public_id}/").status_code == 404


def test_an_owner_reads_what_was_shared_and_nobody_else_does(cast: Cast) -> None:
    row = prepare(cast)
    path = f"/portal/reviews/{row.public_id}/"
    owner = cast.signed_in("owner")
    assert owner.get(path).status_code == 404
    assert "No review was shared with you yet" in text(owner.get("/portal/reviews/"))
    share_review(review_id=row.pk, actor=cast.actor("manager"), now=NOW)
    assert "Business review of 25 November 2026" in text(owner.get(path))
    assert "25 November 2026" in text(owner.get("/portal/reviews/"))
    assert cast.signed_in("seller").get(path).status_code == 403
    assert cast.signed_in("seller").get("/portal/reviews/").status_code == 403
    assert cast.signed_in("rival_owner").get(path).status_code == 404


@pytest.mark.parametrize("who", ["manager", "owner"])
def test_the_criteria_stand_with_the_day_of_the_review(cast: Cast, who: str) -> None:
    TierCriterion.objects.create(tier=make_tier("gold", rank=2), figure="certified_people", at_least=2)
    row = prepare(cast)
    share_review(review_id=row.pk, actor=cast.actor("manager"), now=NOW)
    base = CONSOLE if who == "manager" else "/portal/reviews/"
    page = text(cast.signed_in(who).get(f"{base}{row.public_id}/"))
    assert "To Gold As of 25 November 2026" in page
    assert "two more" in page.lower() or "2 more" in page.lower()


@pytest.mark.parametrize(("who", "leads_to"), [("manager", "/manage/registrations/"), ("owner", "/portal/deals/")])
def test_open_deals_lead_to_their_page_of_the_same_door(cast: Cast, who: str, leads_to: str) -> None:
    deal = make_registration(cast.partner, status="approved", company="Aurora Oy")
    row = prepare(cast)
    share_review(review_id=row.pk, actor=cast.actor("manager"), now=NOW)
    base, client = CONSOLE if who == "manager" else "/portal/reviews/", cast.signed_in(who)
    page = client.get(f"{base}{row.public_id}/").content.decode()
    assert f'href="{leads_to}{deal.public_id}/"' in page
    assert f'<td class="n" data-l="Protected until"><time datetime="{deal.protected.upper:%Y-%m-%d}' in page
    assert client.get(f"{leads_to}{deal.public_id}/").status_code == 200


def test_others_of_the_vendor_read_and_do_not_record(cast: Cast) -> None:
    row, client = prepare(cast), cast.signed_in("viewer")
    assert "Record the review" not in text(client.get(f"{CONSOLE}{row.public_id}/"))
    assert client.post(f"{CONSOLE}{row.public_id}/", {"summary": "x"}).status_code == 403
    assert client.post(f"{CONSOLE}{row.public_id}/act/", {"act": "share"}).status_code == 403
    assert client.post(CONSOLE, {"day": "2026-12-01"}).status_code == 403
    row.refresh_from_db()
    assert (row.held_at, row.shared_at) == (None, None)


@pytest.mark.parametrize("size", [1, 20])
def test_the_page_asks_the_same_however_much_there_is(
    cast: Cast, size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_agreed(cast)
    for number in range(size):
        make_registration(cast.partner, status="approved", company=f"Customer {number}")
        make_held(cast, day=TODAY - (number + 1) * DAY)
    row, client = prepare(cast), cast.signed_in("manager")
    client.get(f"{CONSOLE}{row.public_id}/")
    with django_assert_max_num_queries(25):  # figures bring queries of their own; the page's are twelve
        client.get(f"{CONSOLE}{row.public_id}/")
    with django_assert_max_num_queries(12):
        client.get(CONSOLE)
