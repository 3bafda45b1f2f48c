"""Joint plans by the services: drafted, agreed in versions that are kept, targets beside what was reached."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from partners.models import (
    Activity,
    Certification,
    JointAction,
    JointPlan,
    Onboarding,
    Partner,
    PlanAction,
    PlanTarget,
    PlanVersion,
)
from partners.policy.plans import Quarter, Standing, quarters_of, standing_of
from partners.queries.activity import qualifying_kinds
from partners.queries.plans import open_actions, plan_of_day, plans_of, rows_of, targets_of
from partners.services.onboarding import begin_onboarding
from partners.services.plans.actions import mark_action
from partners.services.plans.agreeing import agree_plan, ask_for_change
from partners.services.plans.drafting import (
    Content,
    PlannedAction,
    begin_plan,
    discard_draft,
    propose_plan,
    reopen_plan,
    write_plan,
)
from prm.actors import Actor, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.mail import html_of
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.partners import make_partner
from tests.factories.plans import ACTIONS, CONTENT, NOW, TARGETS, make_agreed, make_draft, make_proposed

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LATER = NOW + timedelta(days=1)
D = Decimal


@pytest.fixture
def cast() -> Cast:
    return assemble()


def refused_by(name: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    assert constraint_of(refused.value) == name


def mails() -> list[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(topic="mail").order_by("pk").values_list("payload__to", "payload__subject")
    return list(rows)


def log(partner: Partner) -> list[tuple[str, str]]:
    return list(Activity.objects.filter(partner=partner).order_by("pk").values_list("kind", "object"))


# The policy


def test_quarters_of_a_calendar_and_of_a_fiscal_year() -> None:
    calendar = [(q.number, q.begins_on, q.ends_on) for q in quarters_of(date(2027, 1, 1))]
    assert calendar == [
        (1, date(2027, 1, 1), date(2027, 3, 31)),
        (2, date(2027, 4, 1), date(2027, 6, 30)),
        (3, date(2027, 7, 1), date(2027, 9, 30)),
        (4, date(2027, 10, 1), date(2027, 12, 31)),
    ]
    fiscal = quarters_of(date(2027, 8, 1))
    assert (fiscal[2].ends_on, fiscal[3]) == (date(2028, 4, 30), Quarter(4, date(2028, 5, 1), date(2028, 7, 31)))


@pytest.mark.parametrize(
    ("today", "measured", "low", "even"),
    [
        (date(2027, 3, 31), None, Standing.NOT_DUE, Standing.NOT_DUE),
        (date(2027, 4, 1), date(2027, 4, 1), Standing.UNDERWAY, Standing.REACHED),
        (date(2027, 6, 30), date(2027, 6, 30), Standing.UNDERWAY, Standing.REACHED),
        (date(2027, 7, 1), date(2027, 6, 30), Standing.MISSED, Standing.MET),
    ],
)
def test_where_a_target_stands_on_the_days_around_its_quarter(
    today: date, measured: date | None, low: Standing, even: Standing
) -> None:
    quarter = quarters_of(date(2027, 1, 1))[1]
    assert quarter.measured_on(today) == measured
    assert standing_of(target=D(5), actual=D("4.999999"), quarter=quarter, today=today) is low
    assert standing_of(target=D(5), actual=D(5), quarter=quarter, today=today) is even
    undefined = Standing.NOT_DUE if measured is None else Standing.UNKNOWN
    assert standing_of(target=D(5), actual=None, quarter=quarter, today=today) is undefined


# From draft to agreement


def test_drafted_proposed_and_agreed(cast: Cast) -> None:
    version = make_draft(cast)
    plan = version.plan
    assert (plan.valid_from, plan.valid_until) == (date(2026, 1, 1), date(2027, 1, 1))
    assert (version.number, version.status, version.edits, version.currency) == (1, "draft", 2, "EUR")
    assert (mails(), log(cast.partner)) == ([], [])
    propose_plan(version_id=version.pk, edits=2, actor=cast.actor("manager"), now=NOW)
    assert mails() == [
        ("sanna@northwind.example", "The joint plan 2026 of Northwind IT waits for your agreement"),
    ]
    agreed = agree_plan(version_id=version.pk, edits=2, actor=cast.actor("owner"), now=LATER)
    assert (agreed.status, agreed.agreed_at, agreed.agreed_by) == ("agreed", LATER, "Sanna Rinne")
    assert agreed.agreed_user == cast.owner
    assert mails()[1:] == [
        ("anna@vendor.example", "The joint plan 2026 of Northwind IT is agreed"),
        ("sanna@northwind.example", "The joint plan 2026 of Northwind IT is agreed"),
    ]
    assert log(cast.partner) == [("plan_proposed", "2026"), ("plan_agreed", "2026")]
    assert targets_of(agreed) == TARGETS
    begun = JointAction.objects.order_by("pk").values_list("what", "side", "owner", "due_on", "agreed_on")
    assert list(begun) == [(a.what, a.side, a.owner, a.due_on, TODAY + timedelta(days=1)) for a in ACTIONS]
    assert [row.action for row in AuditEvent.objects.order_by("pk")] == [
        "plan.begun", "plan.written", "plan.proposed", "plan.agreed",
    ]  # fmt: skip


def test_agreeing_does_not_count_as_activity() -> None:
    assert not {"plan_proposed", "plan_agreed", "plan_change_asked", "action_done"} & set(qualifying_kinds())


def test_mails_are_in_the_language_of_the_reader_and_in_two_forms(cast: Cast) -> None:
    cast.owner.language = "pl"
    cast.owner.save()
    make_proposed(cast, begins_on=date(2026, 7, 1))
    payload = OutboxMessage.objects.get(topic="mail").payload
    assert payload["language"] == "pl"
    assert "lipiec 2026 – czerwiec 2027" in payload["subject"]
    html = html_of(payload)
    assert 'lang="pl"' in html
    assert '/portal/plan/"' in html


def test_who_asks_for_a_change_makes_a_draft_of_it_again(cast: Cast) -> None:
    version = make_proposed(cast)
    asked = ask_for_change(
        version_id=version.pk, edits=version.edits, text=" Three engineers\nby spring ", actor=cast.actor("owner"),
        now=LATER,
    )  # fmt: skip
    assert (asked.status, asked.asked, asked.asked_by, asked.asked_at, asked.edits) == (
        "draft", "Three engineers\nby spring", "Sanna Rinne", LATER, 3,
    )  # fmt: skip
    assert mails()[-1] == ("anna@vendor.example", "Northwind IT asks for a change of the joint plan 2026")
    assert "Three engineers\nby spring" in OutboxMessage.objects.order_by("-pk")[0].payload["text"]
    assert log(cast.partner)[-1] == ("plan_change_asked", "2026")
    with pytest.raises(StaleError):
        agree_plan(version_id=version.pk, edits=3, actor=cast.actor("owner"), now=LATER)


def test_a_change_of_what_was_agreed_is_a_version_that_asks_again(cast: Cast) -> None:
    first = make_agreed(cast)
    draft = reopen_plan(plan_id=first.plan_id, actor=cast.actor("manager"), now=LATER)
    assert (draft.number, draft.status, targets_of(draft)) == (2, "draft", TARGETS)
    assert reopen_plan(plan_id=first.plan_id, actor=cast.actor("manager"), now=LATER) == draft
    train, seminar = JointAction.objects.order_by("pk")
    kept = replace(ACTIONS[1], due_on=date(2027, 1, 15), public_id=str(seminar.public_id))
    new = PlannedAction("Visit five customers", "partner", "Jere Salmi", date(2026, 12, 1))
    content = Content("Grow", {("won_12m", 4): D(7)}, (kept, new))
    written = write_plan(
        version_id=draft.pk, edits=draft.edits, content=content, actor=cast.actor("manager"), now=LATER
    )
    seminar.refresh_from_db()
    assert seminar.due_on == date(2026, 12, 15), "nothing changes before it is agreed"
    propose_plan(version_id=draft.pk, edits=written.edits, actor=cast.actor("manager"), now=LATER)
    assert PlanVersion.objects.get(status="agreed") == first
    second = agree_plan(version_id=draft.pk, edits=written.edits, actor=cast.actor("owner"), now=LATER)
    first.refresh_from_db()
    assert (first.status, first.superseded_at, second.status) == ("superseded", LATER, "agreed")
    assert targets_of(first) == TARGETS
    assert [line.due_on for line in first.lines.all()] == [date(2026, 9, 30), date(2026, 12, 15)]
    rows = JointAction.objects.order_by("pk").values_list("what", "due_on", "dropped_on")
    assert list(rows) == [
        ("Train two engineers", date(2026, 9, 30), date(2026, 11, 26)),
        ("Give a seminar", date(2027, 1, 15), None),
        ("Visit five customers", date(2026, 12, 1), None),
    ]
    with pytest.raises(DomainError, match="dropped"):
        mark_action(action_id=train.pk, done=True, actor=cast.actor("manager"), now=LATER)


def test_nobody_agrees_to_what_they_were_not_shown(cast: Cast) -> None:
    version = make_proposed(cast)
    rewritten = write_plan(
        version_id=version.pk, edits=version.edits, content=Content("Less", TARGETS), actor=cast.actor("manager"),
        now=LATER,
    )  # fmt: skip
    assert (rewritten.status, rewritten.edits) == ("draft", 3)
    propose_plan(version_id=version.pk, edits=3, actor=cast.actor("manager"), now=LATER)
    owner = cast.actor("owner")
    with pytest.raises(StaleError):
        agree_plan(version_id=version.pk, edits=2, actor=owner, now=LATER)
    with pytest.raises(StaleError):
        ask_for_change(version_id=version.pk, edits=2, text="More", actor=owner, now=LATER)
    assert agree_plan(version_id=version.pk, edits=3, actor=owner, now=LATER).status == "agreed"
    with pytest.raises(StaleError):
        agree_plan(version_id=version.pk, edits=3, actor=owner, now=LATER)
    with pytest.raises(StaleError):
        write_plan(version_id=version.pk, edits=3, content=CONTENT, actor=cast.actor("manager"), now=LATER)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_agree_at_once_agree_once() -> None:
    cast = assemble()
    version = make_proposed(cast)
    start, found = threading.Barrier(2), []

    def agree(actor: Actor) -> None:
        start.wait()
        try:
            found.append(agree_plan(version_id=version.pk, edits=version.edits, actor=actor, now=LATER).status)
        except StaleError:
            found.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(cast.actor("owner"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["agreed", "stale"]
    assert JointAction.objects.count() == 2
    assert [kind for kind, _object in log(cast.partner)].count("plan_agreed") == 1


def test_an_open_version_is_thrown_away_and_an_agreed_one_is_not(cast: Cast) -> None:
    manager = cast.actor("manager")
    first = make_agreed(cast)
    draft = reopen_plan(plan_id=first.plan_id, actor=manager, now=LATER)
    discard_draft(version_id=draft.pk, edits=draft.edits, actor=manager, now=LATER)
    assert list(PlanVersion.objects.all()) == [first]
    with pytest.raises(StaleError):
        discard_draft(version_id=first.pk, edits=first.edits, actor=manager, now=LATER)
    other = make_draft(cast, cast.rival)
    discard_draft(version_id=other.pk, edits=other.edits, actor=manager, now=LATER)
    assert list(JointPlan.objects.all()) == [first.plan]


# Who may


@pytest.mark.parametrize("who", ["viewer", "finance_person", "owner", "seller", "stranger"])
def test_only_channel_managers_and_administrators_draft(cast: Cast, who: str) -> None:
    version, actor = make_draft(cast), cast.actor(who)
    acts: list[Callable[..., Any]] = [
        partial(begin_plan, partner_id=cast.rival.pk, begins_on=date(2027, 1, 1)),
        partial(reopen_plan, plan_id=version.plan_id),
        partial(write_plan, version_id=version.pk, edits=2, content=CONTENT),
        partial(propose_plan, version_id=version.pk, edits=2),
        partial(discard_draft, version_id=version.pk, edits=2),
    ]
    for act in acts:
        with pytest.raises(NotAllowedError):
            act(actor=actor, now=NOW)
    version.refresh_from_db()
    assert (version.status, version.edits) == ("draft", 2)


@pytest.mark.parametrize("who", ["manager", "admin", "seller", "finance", "marketing", "rival_owner", "stranger"])
def test_only_an_owner_of_the_partner_answers(cast: Cast, who: str) -> None:
    version = make_proposed(cast)
    for act in (agree_plan, partial(ask_for_change, text="More")):
        with pytest.raises(NotAllowedError):
            act(version_id=version.pk, edits=version.edits, actor=cast.actor(who), now=NOW)
    version.refresh_from_db()
    assert version.status == "proposed"


def test_a_key_does_not_agree_and_a_suspended_partner_neither(cast: Cast) -> None:
    version = make_proposed(cast)
    key = Actor(kind=ActorKind.PARTNER_KEY, partner_id=cast.partner.pk)
    with pytest.raises(NotAllowedError):
        agree_plan(version_id=version.pk, edits=version.edits, actor=key, now=NOW)
    Partner.objects.filter(pk=cast.partner.pk).update(status="suspended")
    with pytest.raises(DomainError, match="suspended"):
        agree_plan(version_id=version.pk, edits=version.edits, actor=cast.actor("owner"), now=NOW)


def test_a_suspended_partner_marks_nothing(cast: Cast) -> None:
    make_agreed(cast)
    theirs = JointAction.objects.order_by("pk")[0]
    Partner.objects.filter(pk=cast.partner.pk).update(status="suspended")
    with pytest.raises(DomainError, match="suspended"):
        mark_action(action_id=theirs.pk, done=True, actor=cast.actor("owner"), now=NOW)
    assert mark_action(action_id=theirs.pk, done=True, actor=cast.actor("manager"), now=NOW).done_on == TODAY


def test_a_partner_sees_no_draft_and_no_rival(cast: Cast) -> None:
    version = make_draft(cast)
    seen = partial(plans_of, partner_id=cast.partner.pk)
    assert seen(actor=cast.actor("seller")) == []
    assert [page.open for page in seen(actor=cast.actor("viewer"))] == [version]
    propose_plan(version_id=version.pk, edits=2, actor=cast.actor("manager"), now=NOW)
    assert [page.waiting for page in seen(actor=cast.actor("seller"))] == [version]
    assert seen(actor=cast.actor("rival_owner")) == []
    assert seen(actor=cast.actor("stranger")) == []


def test_an_action_is_marked_by_its_side(cast: Cast) -> None:
    make_agreed(cast)
    theirs, ours = JointAction.objects.order_by("pk")
    for who in ("seller", "rival_owner", "viewer", "stranger"):
        with pytest.raises(NotAllowedError):
            mark_action(action_id=theirs.pk, done=True, actor=cast.actor(who), now=NOW)
    with pytest.raises(NotAllowedError):
        mark_action(action_id=ours.pk, done=True, actor=cast.actor("owner"), now=NOW)
    row = mark_action(action_id=theirs.pk, done=True, actor=cast.actor("owner"), now=NOW)
    assert (row.done_on, row.done_by) == (TODAY, "Sanna Rinne")
    mark_action(action_id=theirs.pk, done=True, actor=cast.actor("manager"), now=LATER)
    opened = partial(open_actions, actor=cast.actor("owner"), partner_id=cast.partner.pk)
    assert list(opened(on=TODAY)) == [ours]
    assert list(opened(on=TODAY - timedelta(days=1))) == []
    row = mark_action(action_id=theirs.pk, done=False, actor=cast.actor("manager"), now=LATER)
    assert (row.done_on, row.done_by) == (None, "")
    assert list(opened(on=TODAY)) == [theirs, ours]
    assert log(cast.partner)[-2:] == [("action_done", theirs.what), ("action_reopened", theirs.what)]


# What is refused


def test_what_a_plan_cannot_say(cast: Cast) -> None:
    version, manager = make_draft(cast), cast.actor("manager")
    day, too_long = date(2026, 5, 1), "x" * 201
    bad: list[tuple[Content, str]] = [
        (Content("x" * 4001), "too_long"),
        (Content(targets={("activity_rate", 1): D(1)}), "unknown_figure"),
        (Content(targets={("won_12m", 5): D(1)}), "plan_target_quarter"),
        (Content(targets={("won_12m", 1): D(-1)}), "target_out_of_range"),
        (Content(targets={("won_12m", 1): D(10) ** 12}), "target_out_of_range"),
        (Content(actions=(PlannedAction(" ", "partner", "Sanna", day),)), "action_says_what"),
        (Content(actions=(PlannedAction("Train", "partner", "", day),)), "action_says_what"),
        (Content(actions=(PlannedAction(too_long, "partner", "Sanna", day),)), "too_long"),
        (Content(actions=(PlannedAction("Train", "both", "Sanna", day),)), "action_side_known"),
        (Content(actions=(replace(ACTIONS[0], public_id="nobody"),)), "unknown_reference"),
        (Content(actions=ACTIONS * 26), "too_many"),
    ]
    for content, code in bad:
        with pytest.raises(DomainError) as refused:
            write_plan(version_id=version.pk, edits=2, content=content, actor=manager, now=NOW)
        assert refused.value.code == code
    assert targets_of(version) == TARGETS
    empty = write_plan(version_id=version.pk, edits=2, content=Content("Only words"), actor=manager, now=NOW)
    with pytest.raises(DomainError, match="at least one target"):
        propose_plan(version_id=version.pk, edits=empty.edits, actor=manager, now=NOW)


def test_one_action_stands_in_a_version_once(cast: Cast) -> None:
    first, manager = make_agreed(cast), cast.actor("manager")
    draft = reopen_plan(plan_id=first.plan_id, actor=manager, now=NOW)
    same = replace(ACTIONS[0], public_id=str(JointAction.objects.order_by("pk")[0].public_id))
    with pytest.raises(DomainError, match="once"):
        write_plan(version_id=draft.pk, edits=1, content=Content(actions=(same, same)), actor=manager, now=NOW)


def test_one_plan_for_a_day_and_only_with_partners_of_the_program(cast: Cast) -> None:
    make_draft(cast)
    begin = partial(begin_plan, actor=cast.actor("manager"), now=NOW)
    with pytest.raises(DomainError, match="another plan on some of these days"):
        begin(partner_id=cast.partner.pk, begins_on=date(2026, 12, 1))
    with pytest.raises(DomainError, match="first day of a month"):
        begin(partner_id=cast.partner.pk, begins_on=date(2027, 1, 2))
    with pytest.raises(DomainError, match="a partner of the program"):
        begin(partner_id=cast.former.pk, begins_on=date(2027, 1, 1))
    assert begin(partner_id=cast.partner.pk, begins_on=date(2027, 1, 1)).number == 1
    found = plans_of(actor=cast.actor("viewer"), partner_id=cast.partner.pk)
    days = [(date(2025, 6, 1), 2026), (date(2026, 12, 31), 2026), (date(2027, 1, 1), 2027), (date(2029, 1, 1), 2027)]
    for on, year in days:
        page = plan_of_day(found, on)
        assert page is not None
        assert page.plan.valid_from.year == year


# What the database keeps


def test_the_database_keeps_what_was_agreed(cast: Cast) -> None:
    agreed = make_agreed(cast)
    rows = PlanVersion.objects.filter(pk=agreed.pk)
    refused_by("plan_agreed_is_kept", partial(rows.update, aims="Something else"))
    refused_by("plan_agreed_is_kept", partial(rows.update, status="proposed", agreed_at=None, agreed_user=None))
    refused_by("plan_agreed_is_kept", partial(rows.update, status="superseded", superseded_at=NOW, number=9))
    refused_by("plan_agreed_is_kept", agreed.delete)
    refused_by("plan_agreed_is_kept", partial(PlanTarget.objects.filter(quarter=1).update, amount=0))
    refused_by("plan_agreed_is_kept", partial(PlanAction.objects.update, what="Nothing"))
    refused_by("plan_agreed_is_kept", PlanTarget.objects.all().delete)
    refused_by("plan_agreed_is_kept", PlanAction.objects.all().delete)
    refused_by(
        "plan_agreed_is_kept", lambda: PlanTarget.objects.create(version=agreed, figure="nrr", quarter=1, amount=1)
    )
    refused_by("plan_agreed_is_kept", partial(JointPlan.objects.update, valid_until=date(2026, 6, 1)))
    refused_by("immutable", partial(connection.cursor().execute, "DELETE FROM partners_jointaction"))
    draft = make_draft(cast, cast.rival)
    refused_by("plan_agreed_is_kept", partial(draft.targets.update, version=agreed))
    rows.update(status="superseded", superseded_at=NOW)
    refused_by("plan_agreed_is_kept", partial(rows.update, superseded_at=LATER))


def test_the_database_lets_nothing_be_agreed_that_did_not_wait(cast: Cast) -> None:
    draft = make_draft(cast)
    agreed: dict[str, Any] = {"status": "agreed", "agreed_at": NOW, "agreed_user": cast.owner, "proposed_at": NOW}
    refused_by("plan_agreed_was_proposed", partial(PlanVersion.objects.filter(pk=draft.pk).update, **agreed))
    made = {"plan": draft.plan, "number": 2, "currency": "EUR", "created_at": NOW}
    refused_by("plan_agreed_was_proposed", partial(PlanVersion.objects.create, **made, **agreed))
    refused_by("plan_one_open", partial(PlanVersion.objects.create, **made))
    refused_by("plan_version_key", partial(PlanVersion.objects.create, **{**made, "number": 1}))


def test_one_version_is_in_force(cast: Cast) -> None:
    first = make_agreed(cast)
    second = PlanVersion.objects.create(
        plan=first.plan, number=2, currency="EUR", created_at=NOW, status="proposed", proposed_at=NOW
    )
    refused_by(
        "plan_one_current",
        partial(
            PlanVersion.objects.filter(pk=second.pk).update, status="agreed", agreed_at=NOW, agreed_user=cast.owner
        ),
    )


# Targets beside what was reached


def test_targets_stand_beside_the_figures_of_the_register(cast: Cast) -> None:
    """Northwind has one certified person at the end of Q1, one at that of Q2, two at that of Q3, and two today."""
    Certification.objects.create(user=cast.owner, certification="Pro", valid_from=date(2026, 3, 31))
    Certification.objects.create(user=cast.seller, certification="Pro", valid_from=date(2026, 7, 1))
    Certification.objects.create(user=cast.rival_owner, certification="Pro", valid_from=date(2026, 1, 1))
    version = make_agreed(cast)
    [row] = rows_of(version, targets_of(version), actor=cast.actor("seller"), today=TODAY)
    assert row.metric.code == "certified_people"
    assert [(cell.target, cell.actual and cell.actual.value, cell.standing) for cell in row.cells] == [
        (D(1), D(1), Standing.MET),
        (D(2), D(1), Standing.MISSED),
        (D(2), D(2), Standing.MET),
        (D(3), D(2), Standing.UNDERWAY),
    ]
    [early] = rows_of(version, targets_of(version), actor=cast.actor("viewer"), today=date(2026, 5, 1))
    assert [(cell.actual and cell.actual.value, cell.standing) for cell in early.cells] == [
        (D(1), Standing.MET), (D(1), Standing.UNDERWAY), (None, Standing.NOT_DUE), (None, Standing.NOT_DUE),
    ]  # fmt: skip
    [before] = rows_of(version, targets_of(version), actor=cast.actor("viewer"), today=date(2025, 12, 31))
    assert {cell.standing for cell in before.cells} == {Standing.NOT_DUE}
    with pytest.raises(NotAllowedError):
        rows_of(version, targets_of(version), actor=cast.actor("rival_owner"), today=TODAY)


def test_a_quarter_without_a_target_has_its_figure_and_no_verdict(cast: Cast) -> None:
    version = make_draft(cast, content=Content(targets={("won_12m", 4): D(2), ("nrr", 1): D("1.1")}))
    won, nrr = rows_of(version, targets_of(version), actor=cast.actor("viewer"), today=TODAY)
    assert [(cell.target, cell.actual and cell.actual.value, cell.standing) for cell in won.cells] == [
        (None, D(0), None), (None, D(0), None), (None, D(0), None), (D(2), D(0), Standing.UNDERWAY),
    ]  # fmt: skip
    assert nrr.cells[0].standing is Standing.UNKNOWN


# Onboarding


def test_agreeing_completes_the_step_of_onboarding(cast: Cast) -> None:
    partner = make_partner("newcomer", status="onboarding", activated_on=None)
    cast.owner.memberships.update(partner=partner)
    begin_onboarding(partner=partner, now=NOW)
    step = Onboarding.objects.get(partner=partner).steps.get(fact="plan")
    version = make_proposed(cast, partner)
    step.refresh_from_db()
    assert step.done_on is None
    agree_plan(version_id=version.pk, edits=version.edits, actor=cast.actor("owner"), now=NOW)
    done = Onboarding.objects.get(partner=partner).steps.get(fact="plan")
    assert (done.done_on, done.done_by) == (TODAY, "")
