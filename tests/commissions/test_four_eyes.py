"""Four eyes: the approver neither calculated the run nor changed what it pays since the last approval."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from commissions.models import Plan, Run
from commissions.services.rules import add_rule, correct_rule
from commissions.services.runs import approve_run, calculate_run
from deals.models import Credit, Subscription
from prm import audit
from prm.actors import OPERATOR, Actor, ActorKind, Channel
from prm.errors import DomainError
from prm.interchange.loading import load_folder
from prm.models import AuditEvent, Program, User
from tests.commissions.test_worked_example import EXAMPLE, FEBRUARY, JANUARY
from tests.factories.facts import NOW, install, run_month

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def person(*roles: str) -> Actor:
    """Return somebody with every role, so that only four eyes can refuse."""
    user = User.objects.create_user(f"p{User.objects.count()}@x.example", roles=list(roles), is_staff=True)
    return Actor(
        kind=ActorKind.INTERNAL,
        channel=Channel.CONSOLE,
        user_id=user.pk,
        label=str(user),
        internal_roles=frozenset(roles),
    )


@pytest.fixture
def hands() -> Actor:
    return person("finance", "admin", "channel_manager")


@pytest.fixture
def eyes() -> Actor:
    return person("finance")


def add(actor: Actor, at: datetime) -> None:
    plan = Plan.objects.get()
    add_rule(values={"plan": plan, "kind": "renewal", "rate": Decimal(5)}, actor=actor, now=at)


def correct(actor: Actor, at: datetime) -> None:
    rule = Plan.objects.get().rules.filter(kind="upfront", retired_at=None).get()
    correct_rule(rule_id=rule.pk, values={"rate": Decimal(90)}, reason="Typing error", actor=actor, now=at)


def write_credit(actor: Actor, at: datetime) -> None:
    credit = Credit.objects.filter(share=40).get()
    Credit.objects.filter(pk=credit.pk).update(share=30)
    audit.record(action="credit.updated", actor=actor, now=at, target=credit)


def load_credits(actor: Actor, at: datetime) -> None:
    files = {"credits.csv": b"subscription,partner,role,from,share\nS1,b,sourced,,30\n"}
    outcome = load_folder(files, actor=actor, now=at, dry_run=False)
    assert [str(problem) for problem in outcome.problems] == []


def load_plans(actor: Actor, at: datetime) -> None:
    outcome = load_folder({"plans.csv": b"code,clawback_days\nstandard,60\n"}, actor=actor, now=at, dry_run=False)
    assert [str(problem) for problem in outcome.problems] == []


def win(actor: Actor, at: datetime) -> None:
    audit.record(action="registration.won", actor=actor, now=at)


CHANGES = [add, correct, write_credit, load_credits, load_plans, win]


@pytest.mark.parametrize("change", CHANGES)
def test_who_changed_what_the_run_pays_does_not_approve_it(
    hands: Actor, eyes: Actor, change: Callable[[Actor, datetime], None]
) -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    change(hands, LATER)
    run = calculate_run(period=FEBRUARY, actor=OPERATOR, now=LATER)
    with pytest.raises(DomainError) as refusal:
        approve_run(run=run, actor=hands, now=LATER)
    assert refusal.value.code == "four_eyes"
    assert approve_run(run=run, actor=eyes, now=LATER).decided_by_id == eyes.user_id


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_before_the_last_approval_was_seen_by_its_approver(
    hands: Actor, change: Callable[[Actor, datetime], None]
) -> None:
    install(EXAMPLE)
    change(hands, NOW - timedelta(hours=1))
    run_month(JANUARY)
    run = calculate_run(period=FEBRUARY, actor=OPERATOR, now=LATER)
    assert approve_run(run=run, actor=hands, now=LATER).decided_by_id == hands.user_id


def test_a_change_in_the_admin_counts_too(hands: Actor) -> None:
    install(EXAMPLE)
    client = Client()
    client.force_login(User.objects.get(email=hands.label))
    plan = Plan.objects.get()
    client.post(
        reverse("admin:commissions_plan_change", args=[plan.pk]),
        {
            "code": plan.code,
            "name": "Standard",
            "basis": plan.basis,
            "clawback": plan.clawback,
            "clawback_days": "10",
            "minimum_payout": "0",
            "true_up_months": "12",
            "is_default": "on",
        },
    )
    plan.refresh_from_db()
    assert plan.clawback_days == 10
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    with pytest.raises(DomainError) as refusal:
        approve_run(run=run, actor=hands, now=NOW)
    assert refusal.value.code == "four_eyes"


def test_other_work_is_no_reason_to_refuse(hands: Actor) -> None:
    install(EXAMPLE)
    target = Subscription.objects.get()
    audit.record(action="mrr_change.updated", actor=hands, now=NOW, target=target)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert approve_run(run=run, actor=hands, now=NOW).decided_by_id == hands.user_id


def test_switched_off_one_person_may_do_both_and_run_and_trail_say_so(hands: Actor) -> None:
    install(EXAMPLE)
    run = calculate_run(period=JANUARY, actor=hands, now=NOW)
    assert run.four_eyes is True
    Program.objects.update(four_eyes=False)
    approve_run(run=run, actor=hands, now=NOW)
    assert Run.objects.get().four_eyes is False
    assert AuditEvent.objects.get(action="run.approved").data["four_eyes"] is False


def test_switching_it_off_is_logged(hands: Actor) -> None:
    files = {"settings.csv": b"key,value\nfour_eyes,false\n"}
    load_folder(files, actor=hands, now=NOW, dry_run=False)
    assert Program.current().four_eyes is False
    event = AuditEvent.objects.get(actor=hands.label, action="program.settings")
    assert (event.data["before"], event.data["after"]) == ({"four_eyes": True}, {"four_eyes": False})


def test_the_shell_stands_outside_and_the_trail_says_so() -> None:
    install(EXAMPLE)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    approve_run(run=run, actor=OPERATOR, now=NOW)
    event = AuditEvent.objects.get(action="run.approved")
    assert (event.actor, event.channel, event.data["four_eyes"]) == ("operator", "shell", False)
