"""The work queue of channel managers: filters in the address, several at once, reasons, who is away, and how fast."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.kpis import decision_speed, late_by_manager, speed_by_manager
from deals.kpis.decisions import Decisions, times_to_decision
from deals.manage.views.decisions import late_by
from deals.models import (
    AccountCandidate,
    Delegation,
    Opportunity,
    ReasonTemplate,
    Registration,
    RegistrationFinding,
)
from deals.policy.pace import Step, median_hours, time_spent
from deals.services.bulk import Pick, decide_several
from deals.services.decisions import answer_question, approve_registration, reject_registration, return_for_information
from deals.services.desk import delegate_decisions, end_delegation, remove_reason, save_reason
from deals.services.rules import plan_rules
from deals.services.submission import submit_registration
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, Program
from tests.cast import Cast, assemble
from tests.factories.deals import (
    a_deal,
    make_account,
    make_family,
    make_product,
    make_registration,
    make_subscription,
)

pytestmark = pytest.mark.django_db

QUEUE = "/manage/decisions/"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(response: Any) -> str:
    return str(response.content.decode())


def submit(cast: Cast, who: str = "seller", *, now: datetime | None = None, **fields: Any) -> Registration:
    deal = a_deal(fields.pop("website", "lumisaari.fi"), **fields)
    made = submit_registration(deal=deal, actor=cast.actor(who), now=now or timezone.now())
    return Registration.objects.get(pk=made.pk)


def found_on(registration: Registration, code: str) -> None:
    RegistrationFinding.objects.create(
        registration=registration, evaluated_at=timezone.now(), moment="submission", code=code, severity="review"
    )


def listed(client: Client, **asked: str) -> list[str]:
    page = text(client.get(QUEUE, asked))
    queue = page[page.index('<ul class="queue">') : page.index("</ul>", page.index('<ul class="queue">'))]
    return [name.split("</bdi>")[0] for name in queue.split("<b><bdi>")[1:]]


def test_filters_stand_in_the_address(cast: Cast) -> None:
    now = timezone.now()
    ours = make_registration(cast.partner, account=make_account("Aalto Oy"), due_at=now + timedelta(hours=9))
    make_registration(cast.rival, account=make_account("Biuro SA"), due_at=now - timedelta(hours=1))
    make_registration(
        cast.rival, account=make_account("Cukier SA"), family=make_family("backup"), due_at=now + timedelta(hours=3)
    )
    make_registration(cast.partner, account=make_account("Dahl Oy"), status="waiting", due_at=now + timedelta(days=90))
    found_on(ours, "cool_off")
    manager = cast.signed_in("manager")
    assert listed(manager) == ["Biuro SA", "Cukier SA", "Aalto Oy"]
    assert listed(manager, who="mine") == ["Aalto Oy"]
    assert listed(manager, late="1") == ["Biuro SA"]
    assert listed(manager, family="backup") == ["Cukier SA"]
    assert listed(manager, partner="northwind") == ["Aalto Oy"]
    assert listed(manager, rule="cool_off") == ["Aalto Oy"]
    assert listed(manager, state="waiting") == ["Dahl Oy"]
    assert listed(manager, sort="customer") == ["Aalto Oy", "Biuro SA", "Cukier SA"]
    assert "Nothing matches this filter" in text(manager.get(QUEUE, {"rule": "territory"}))


def test_only_the_findings_of_the_last_evaluation_count(cast: Cast) -> None:
    registration = make_registration(cast.partner, account=make_account("Aalto Oy"))
    make_registration(cast.partner, account=make_account("Biuro SA"))
    found_on(registration, "cool_off")
    found_on(registration, "unverifiable")
    manager = cast.signed_in("manager")
    assert listed(manager, rule="unverifiable") == ["Aalto Oy"]
    assert "Nothing matches this filter" in text(manager.get(QUEUE, {"rule": "cool_off"}))


def test_the_position_is_kept_for_the_next_visit(cast: Cast) -> None:
    make_registration(cast.partner, account=make_account("Aalto Oy"))
    second = make_registration(
        cast.partner, account=make_account("Biuro SA"), due_at=timezone.now() + timedelta(days=90)
    )
    manager = cast.signed_in("manager")
    manager.get(f"{QUEUE}{second.public_id}/", {"who": "mine"})
    again = manager.get(QUEUE)
    assert again["Location"] == f"{QUEUE}?who=mine"
    page = text(manager.get(QUEUE, {"who": "mine"}))
    assert f'href="{QUEUE}{second.public_id}/?who=mine" aria-current="true"' in page
    manager.get(QUEUE, {"who": "all"})
    assert manager.get(QUEUE).status_code == 200


def test_a_decision_keeps_the_filter(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, website="kivi.fi", company="Kivi Oy")
    values = {"act": "approve", "version": str(first.version)}
    answer = cast.signed_in("manager").post(f"{QUEUE}{first.public_id}/decide/?who=mine", values)
    assert answer["Location"] == f"{QUEUE}{second.public_id}/?who=mine"


def test_the_file_has_what_the_filter_shows(cast: Cast) -> None:
    make_registration(cast.partner, account=make_account("=Aalto Oy"), due_at=timezone.now() + timedelta(hours=9))
    make_registration(cast.rival, account=make_account("Biuro SA"))
    answer = cast.signed_in("viewer").get(f"{QUEUE}decisions.csv", {"partner": "northwind"})
    rows = list(csv.DictReader(StringIO(text(answer).removeprefix("\ufeff"))))
    assert [(row["customer"], row["manager"], row["finding"], row["late_business_hours"]) for row in rows] == [
        ("'=Aalto Oy", "anna@vendor.example", "Clean", "0.0")
    ]


def picks(*registrations: Registration) -> list[str]:
    return [f"{registration.public_id}:{registration.version}" for registration in registrations]


def test_several_are_approved_and_the_others_are_named(cast: Cast) -> None:
    clean = submit(cast)
    doubtful = submit(cast, website="anna@gmail.com", company="Doubtful Oy")
    stale = submit(cast, website="kivi.fi", company="Kivi Oy")
    chosen = picks(clean, doubtful, stale)
    return_for_information(
        registration_id=stale.pk, actor=cast.actor("second_manager"), now=timezone.now(), version=None, question="Who?"
    )
    answer = cast.signed_in("manager").post(f"{QUEUE}several/", {"act": "approve", "pick": chosen}, follow=True)
    page = text(answer)
    assert "1 approved. 2 were left as they are." in page
    assert "A rule asks for a person: open it and decide it for itself." in page
    assert "Somebody else changed this registration. Look at it again." in page
    assert "Kivi Oy" in page
    states = dict(Registration.objects.values_list("company", "status"))
    assert states == {"Lumisaari Oy": "approved", "Doubtful Oy": "submitted", "Kivi Oy": "returned"}
    assert not RegistrationFinding.objects.filter(registration=doubtful, moment="decision").exists()


@pytest.mark.parametrize(("act", "status"), [("reject", "rejected"), ("return", "returned")])
def test_several_get_one_reason(cast: Cast, act: str, status: str) -> None:
    found = [submit(cast, website=f"c{number}.fi", company=f"Customer {number}") for number in range(3)]
    manager = cast.signed_in("manager")
    refused = manager.post(f"{QUEUE}several/", {"act": act, "pick": picks(*found)}, follow=True)
    assert "Give the reason that the partner reads." in text(refused)
    manager.post(f"{QUEUE}several/", {"act": act, "pick": picks(*found), "reason": "Who signs?"})
    assert set(Registration.objects.values_list("status", "decision_reason")) == {(status, "Who signs?")}


def test_who_decides_nothing_decides_nothing_in_bulk(cast: Cast) -> None:
    registration = submit(cast)
    for who in ("viewer", "owner"):
        posted = cast.signed_in(who).post(f"{QUEUE}several/", {"act": "approve", "pick": picks(registration)})
        assert posted.status_code == 403
    with pytest.raises(NotAllowedError):
        decide_several(
            picks=[Pick(registration.public_id, 1)], act="approve", reason="", actor=cast.actor("viewer"), now=MONDAY
        )
    manager = cast.signed_in("manager")
    assert "Select 1 to 100 registrations." in text(
        manager.post(f"{QUEUE}several/", {"act": "approve", "pick": ["nonsense", "x:y"]}, follow=True)
    )


def test_the_second_of_two_rivals_in_one_act_waits(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    results = decide_several(
        picks=[Pick(first.public_id, first.version), Pick(second.public_id, second.version)],
        act="approve",
        reason="",
        actor=cast.actor("manager"),
        now=timezone.now(),
    )
    assert [result.code for result in results] == ["", "stale"]
    assert list(Registration.objects.order_by("pk").values_list("status", flat=True)) == ["approved", "waiting"]


def test_reasons_are_offered_changed_and_removed(cast: Cast) -> None:
    manager, page = cast.signed_in("manager"), f"{QUEUE}reasons/"
    assert ReasonTemplate.objects.count() == 8
    manager.post(page, {"act": "reject", "text": "  Too   small. "})
    made = ReasonTemplate.objects.get(text="Too small.")
    assert "This reason is offered already." in text(manager.post(page, {"act": "reject", "text": "Too small."}))
    one = {"template": str(made.public_id), "act": "reject", "text": "Too small for {vendor}.", "version": "1"}
    manager.post(page, one)
    assert manager.post(page, one).status_code == 409
    submit(cast)
    assert "Too small for Vendor." in text(manager.get(QUEUE))
    manager.post(page, {"template": str(made.public_id), "remove": "1", "version": "2"})
    assert ReasonTemplate.objects.count() == 8
    acts = (
        AuditEvent.objects.filter(action__startswith="reason_template").order_by("pk").values_list("action", flat=True)
    )
    assert list(acts) == ["reason_template.saved", "reason_template.saved", "reason_template.removed"]
    viewer = cast.signed_in("viewer")
    assert 'name="text"' not in text(viewer.get(page))
    assert viewer.post(page, {"act": "reject", "text": "No."}).status_code == 403
    with pytest.raises(StaleError):
        remove_reason(template_id=made.public_id, version=2, actor=cast.actor("manager"), now=MONDAY)
    with pytest.raises(NotAllowedError):
        save_reason(act="reject", text="x", position=0, actor=cast.actor("owner"), now=MONDAY)


def test_a_deputy_finds_the_decisions_of_who_is_away(cast: Cast) -> None:
    today = timezone.localdate()
    make_registration(cast.partner, account=make_account("Aalto Oy"))
    piotr = cast.signed_in("second_manager")
    assert "Nothing matches this filter" in text(piotr.get(QUEUE, {"who": "mine"}))
    form = {"away": cast.manager.pk, "deputy": cast.second_manager.pk, "first": today, "last": today, "note": "Holiday"}
    answer = cast.signed_in("manager").post(f"{QUEUE}away/", form, follow=True)
    assert "Piotr Zawada decides for Anna Kowal on these days." in text(answer)
    assert listed(piotr, who="mine") == ["Aalto Oy"]
    page = text(piotr.get(QUEUE, {"who": "mine"}))
    assert "for Anna Kowal" in page
    assert "You decide for Anna Kowal." in page
    made = Delegation.objects.get()
    assert AuditEvent.objects.get(action="delegation.made").reason == "Holiday"
    assert cast.signed_in("second_manager").post(f"{QUEUE}away/{made.public_id}/end/").status_code == 302
    assert listed(piotr, who="mine") == ["Aalto Oy"]  # whoever stands in does not end it
    cast.signed_in("manager").post(f"{QUEUE}away/{made.public_id}/end/")
    assert "Nothing matches this filter" in text(piotr.get(QUEUE, {"who": "mine"}))


def test_delegations_do_not_overlap_and_go_to_deciders(cast: Cast) -> None:
    today = MONDAY.date()
    anna, piotr = cast.manager, cast.second_manager
    ours: dict[str, Any] = {"actor": cast.actor("manager"), "now": MONDAY}
    week: dict[str, Any] = {"first": today, "last": today + timedelta(days=6)}
    made = delegate_decisions(away=anna, deputy=piotr, **week, **ours)
    assert (made.valid_from, made.valid_until) == (today, today + timedelta(days=7))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"away": anna, "deputy": cast.admin, **week}, "delegation_one_at_a_time"),
        ({"away": anna, "deputy": cast.viewer, **week}, "decides_nothing"),
        ({"away": anna, "deputy": piotr, "first": today - timedelta(days=1), "last": today}, "bad_days"),
        ({"away": anna, "deputy": piotr, "first": today, "last": today - timedelta(days=1)}, "bad_days"),
    ]
    for case, code in cases:
        with pytest.raises(DomainError) as refused:
            delegate_decisions(**case, **ours)
        assert refused.value.code == code
    with pytest.raises(NotAllowedError):
        delegate_decisions(away=piotr, deputy=anna, **week, **ours)
    later: dict[str, Any] = {"first": today + timedelta(days=7), "last": today + timedelta(days=7)}
    with pytest.raises(DomainError) as refused:
        delegate_decisions(away=anna, deputy=anna, **later, **ours)
    assert refused.value.code == "delegation_to_another"
    delegate_decisions(away=piotr, deputy=anna, **week, actor=cast.actor("admin"), now=MONDAY)
    ended = end_delegation(delegation_id=made.public_id, **ours)
    assert ended.valid_until == today


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "path", [f"{QUEUE}?who=mine&sort=partner", f"{QUEUE}figures/", f"{QUEUE}reasons/", f"{QUEUE}away/"]
)
def test_queries_do_not_grow(cast: Cast, path: str) -> None:
    def add(count: int) -> None:
        for _number in range(count):
            made = make_registration(cast.partner, account=make_account())
            reject_registration(
                registration_id=make_registration(cast.rival).pk,
                actor=cast.actor("manager"),
                now=timezone.now(),
                version=None,
                reason="No.",
            )
            found_on(made, "cool_off")

    add(2)
    manager = cast.signed_in("manager")
    few = queries(manager, path)
    add(8)
    assert queries(manager, path) == few
    assert few <= 12


def test_time_is_counted_while_it_is_in_review_alone() -> None:
    def hours(start: datetime, end: datetime) -> timedelta:
        return end - start

    def at(hour: float) -> datetime:
        return MONDAY + timedelta(hours=hour)

    steps = [
        Step(at(0), "submitted", "submitted"),
        Step(at(2), "returned", "returned"),
        Step(at(10), "answered", "submitted"),
        Step(at(11), "noted", "submitted"),
        Step(at(13), "waiting", "waiting"),
        Step(at(50), "next_in_line", "submitted"),
    ]
    assert time_spent(steps, until=at(51), between=hours) == timedelta(hours=6)
    assert time_spent(steps, until=at(1), between=hours) == timedelta(hours=1)
    fresh = [*steps, Step(at(60), "rejection_reversed", "submitted")]
    assert time_spent(fresh, until=at(61), between=hours) == timedelta(hours=1)
    assert time_spent([], until=at(1), between=hours) == timedelta()
    assert median_hours([timedelta(hours=1), timedelta(hours=2), timedelta(hours=7.25)]) == 2.0
    assert median_hours([]) is None


def test_speed_by_month_and_person(cast: Cast) -> None:
    """Two business days are given: sixteen hours of nine to five."""
    program, viewer = Program.current(), cast.actor("viewer")
    quick = submit(cast, now=MONDAY)
    slow = submit(cast, now=MONDAY, website="kivi.fi", company="Kivi Oy")
    asked = submit(cast, now=MONDAY, website="suvi.fi", company="Suvi Oy")
    anna, piotr = cast.actor("manager"), cast.actor("second_manager")
    approve_registration(registration_id=quick.pk, actor=anna, now=MONDAY + timedelta(hours=3), version=None)
    late = MONDAY + timedelta(days=2, hours=1)  # seventeen business hours
    reject_registration(registration_id=slow.pk, actor=piotr, now=late, version=None, reason="No.")
    return_for_information(
        registration_id=asked.pk, actor=piotr, now=MONDAY + timedelta(hours=1), version=None, question="Who?"
    )
    answer_question(
        registration_id=asked.pk, actor=cast.actor("seller"), now=MONDAY + timedelta(days=7), version=None, answer="I."
    )
    decided = MONDAY + timedelta(days=8)
    approve_registration(registration_id=asked.pk, actor=piotr, now=decided, version=None)
    rows = decision_speed(viewer, since=MONDAY.date(), program=program)
    assert [(str(row.month), row.manager, row.decided, row.on_time, row.median_hours) for row in rows] == [
        ("2026-12-01", "Piotr Zawada", 1, 1, 9.0),
        ("2026-11-01", "Anna Kowal", 1, 1, 3.0),
        ("2026-11-01", "Piotr Zawada", 1, 0, 17.0),
    ]
    *people, everybody = speed_by_manager(viewer, since=MONDAY.date(), program=program)
    assert [(row.manager, row.share) for row in people] == [("Anna Kowal", 1.0), ("Piotr Zawada", 0.5)]
    assert (everybody.decided, everybody.on_time, everybody.median_hours) == (3, 2, 9.0)
    page = text(cast.signed_in("viewer").get(f"{QUEUE}figures/"))
    assert "66.7\u00a0%" in page
    file = text(cast.signed_in("viewer").get(f"{QUEUE}figures.csv"))
    assert "2026-11,Piotr Zawada,1,0,0.0,17.0" in file


def test_a_decision_had_the_time_that_was_given_when_it_was_submitted(cast: Cast) -> None:
    program, viewer, manager = Program.current(), cast.actor("viewer"), cast.actor("manager")
    made = submit(cast, now=MONDAY)
    changed = MONDAY + timedelta(hours=1)
    hurry = {"decision_sla_business_days": 1}
    plan_rules(settings=hurry, effective_from=None, reason="Faster.", actor=cast.actor("admin"), now=changed)
    other = submit(cast, now=changed, website="kivi.fi", company="Kivi Oy")
    decided = MONDAY + timedelta(days=1, hours=3)  # eleven business hours after the first, ten after the other
    for registration in (made, other):
        approve_registration(registration_id=registration.pk, actor=manager, now=decided, version=None)
    (row,) = decision_speed(viewer, since=MONDAY.date(), program=program)
    assert (row.decided, row.on_time) == (2, 1)
    asked = Decisions(Registration.objects.all(), MONDAY, decided + timedelta(days=1))
    (took,) = times_to_decision([asked], program=program)
    assert [one.in_time for one in took] == [True, False]


def test_late_ones_are_counted_by_the_partners_manager(cast: Cast) -> None:
    now = timezone.now()
    make_registration(cast.partner, due_at=now - timedelta(hours=1))
    make_registration(cast.partner, due_at=now + timedelta(hours=1))
    make_registration(cast.rival, due_at=now - timedelta(days=1))
    late = late_by_manager(cast.actor("viewer"), now=now)
    assert late == {"anna@vendor.example": 1, "piotr@vendor.example": 1}


def test_a_rejection_is_taken_back_within_days(cast: Cast) -> None:
    registration = submit(cast)
    manager, page = cast.signed_in("manager"), f"/manage/registrations/{registration.public_id}/"
    values = {"act": "reject", "reason": "No.", "version": str(registration.version)}
    said = text(manager.post(f"{QUEUE}{registration.public_id}/decide/", values, follow=True))
    assert f'<a href="{page}#undo" data-key="u">Take back</a>' in said
    registration.refresh_from_db()
    place = registration.place
    form = {"act": "reverse", "text": "We rejected it by mistake.", "version": str(registration.version)}
    assert "The rejection was taken back." in text(manager.post(f"{page}act/", form, follow=True))
    registration.refresh_from_db()
    assert (registration.status, registration.place) == ("submitted", place)
    reject_registration(
        registration_id=registration.pk,
        actor=cast.actor("manager"),
        now=timezone.now() - timedelta(days=30),
        version=None,
        reason="No.",
    )
    assert 'value="reverse"' not in text(manager.get(page))


def test_a_question_is_taken_back(cast: Cast) -> None:
    registration = submit(cast)
    return_for_information(
        registration_id=registration.pk, actor=cast.actor("manager"), now=timezone.now(), version=None, question="Who?"
    )
    registration.refresh_from_db()
    page = f"/manage/registrations/{registration.public_id}/"
    form = {"act": "unask", "version": str(registration.version)}
    cast.signed_in("manager").post(f"{page}act/", form)
    registration.refresh_from_db()
    assert registration.status == "submitted"


def test_look_alikes_and_the_whole_timeline_stand_beside_a_case(cast: Cast) -> None:
    registration = submit(cast)
    account = registration.account
    assert account is not None
    other = make_account("Lumisaari Group Oy", domain="lumisaari-group.fi")
    AccountCandidate.objects.create(account=account, other=other, reason="similar_name", score="0.870")
    Opportunity.objects.create(
        external_id="OP-5521", account=account, opened_at=MONDAY, stage="Discovery", seller_name="Tomasz Rey"
    )
    make_subscription(account, product=make_product("workspace-pro", family=make_family("workspace")))
    page = text(cast.signed_in("manager").get(f"{QUEUE}{registration.public_id}/"))
    for shown in (
        "Lumisaari Group Oy",
        "lumisaari-group.fi",
        "87 %",
        "opened OP-5521 in the CRM, Discovery.",
        "began as a subscription",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (MONDAY - timedelta(minutes=1), "Late by less than a business hour."),
        (MONDAY - timedelta(days=3, hours=-6), "2 business hours late."),  # Friday 15:00, over the weekend
    ],
)
def test_lateness_is_counted_in_business_hours(cast: Cast, due: datetime, said: str) -> None:
    late = make_registration(cast.partner, due_at=due)
    assert f"{late_by(late, now=MONDAY, program=Program.current())}." == said
    assert late_by(late, now=due - timedelta(minutes=1), program=Program.current()) == ""
