"""Tiers by the services: evaluations once, on frozen facts, from the first of a month; warnings; tiers by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone, translation

from partners.models import (
    Certification,
    Partner,
    Tier,
    TierAssignment,
    TierCriterion,
    TierEvaluation,
    TierOverride,
    TierRun,
    TierWarning,
)
from partners.services.tiers.criteria import Wanted, set_criteria, simulate_criteria
from partners.services.tiers.evaluation import Evaluated, evaluate_due, evaluate_tiers
from partners.services.tiers.overrides import end_by_hand, set_by_hand
from prm.actors import OPERATOR, RULE, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent, OutboxMessage, Program, User
from tests.cast import Cast, assemble
from tests.factories.partners import assign_tier, make_membership, make_partner, make_tier, make_user

pytestmark = pytest.mark.django_db

Held = list[tuple[str, date | None, date | None]]


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.combine(day(text), datetime.min.time(), UTC) + timedelta(hours=8)


@pytest.fixture
def cast() -> Cast:
    """Northwind and Contoso hold Silver; Gold asks for two certified people, Platinum for three."""
    made = assemble()
    TierAssignment.objects.filter(valid_from=None).update(valid_from=day("2025-01-01"))
    for code, rank, people in (("gold", 2, 2), ("platinum", 3, 3)):
        TierCriterion.objects.create(tier=make_tier(code, rank=rank), figure="certified_people", at_least=people)
    return made


def certify(*people: Any, since: str = "2026-01-01", until: str | None = None) -> None:
    for user in people:
        Certification.objects.create(
            user=user, certification="Pro", valid_from=day(since), valid_until=day(until) if until else None
        )


def held(partner: Partner) -> Held:
    rows = (
        TierAssignment.objects.filter(partner=partner)
        .exclude(valid__isempty=True)
        .order_by(F("valid_from").asc(nulls_first=True))
    )
    return list(rows.values_list("tier__code", "valid_from", "valid_until"))


def evaluate(as_of: str, *, on: str | None = None, dry_run: bool = False) -> Evaluated:
    now = moment(on) if on else moment(as_of) + timedelta(days=1)
    return evaluate_tiers(as_of=day(as_of), actor=RULE, now=now, dry_run=dry_run)


def found_for(partner: Partner, as_of: str) -> tuple[str, str, str, str]:
    row = TierEvaluation.objects.get(partner=partner, run__as_of=day(as_of))
    return row.held, row.tier, row.move, row.notice


def mails() -> list[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(topic="mail").order_by("pk").values_list("payload__to", "payload__subject")
    return list(rows)


def refused_by(name: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    assert constraint_of(refused.value) == name


def test_up_from_the_first_of_the_next_month_over_tiers(cast: Cast) -> None:
    certify(cast.owner, cast.seller, cast.finance)
    run = evaluate("2026-10-31")
    assert (run.effective_on, run.is_review, len(run.lines)) == (day("2026-11-01"), False, 2)
    assert held(cast.partner) == [
        ("silver", day("2025-01-01"), day("2026-11-01")),
        ("platinum", day("2026-11-01"), None),
    ]
    assert held(cast.rival) == [("silver", day("2025-01-01"), None)]
    assert found_for(cast.partner, "2026-10-31") == ("silver", "platinum", "promoted", "")
    assert found_for(cast.rival, "2026-10-31") == ("silver", "silver", "kept", "")
    assert mails() == [
        ("anna@vendor.example", "Northwind IT rises to Platinum"),
        ("sanna@northwind.example", "Northwind IT rises to Platinum"),
    ]
    fact = cast.partner.activities.get()
    assert (fact.kind, fact.object) == ("tier_promoted", "Platinum")
    assert AuditEvent.objects.filter(action="tier.promoted").count() == 1


def test_facts_are_those_of_the_day_and_stay_with_the_evaluation(cast: Cast) -> None:
    certify(cast.owner, until="2026-11-01")
    certify(cast.seller, since="2026-11-01")
    certify(cast.owner, since="2026-11-01")
    evaluate("2026-10-31", on="2026-11-05")
    row = TierEvaluation.objects.get(partner=cast.partner)
    assert row.figures == {"certified_people": {"value": "1", "n": 1, "why": ""}}
    assert row.run.ladder[1] == {"tier": "gold", "rank": 2, "criteria": {"certified_people": "2.000000"}}
    refused_by("immutable", partial(TierEvaluation.objects.filter(pk=row.pk).update, tier="gold"))
    refused_by("immutable", row.delete)
    refused_by("immutable", partial(TierRun.objects.update, effective_on=day("2026-11-01")))


def test_certified_people_are_active_and_counted_once(cast: Cast) -> None:
    certify(cast.owner)
    Certification.objects.create(user=cast.owner, certification="Expert")
    make_membership(cast.owner, cast.rival)
    certify(cast.marketing)
    cast.marketing.is_active = False
    cast.marketing.save()
    evaluate("2026-10-31")
    values = {row.partner.code: row.figures["certified_people"]["value"] for row in TierEvaluation.objects.all()}
    assert values == {"northwind": "1", "contoso": "1"}


def test_a_late_evaluation_is_never_back_dated(cast: Cast) -> None:
    certify(cast.owner, cast.seller)
    assert evaluate("2026-10-31", on="2026-11-02").effective_on == day("2026-12-01")
    assert held(cast.partner)[1] == ("gold", day("2026-12-01"), None)
    refused_by(
        "tier_run_never_back_dated",
        lambda: TierRun.objects.create(
            as_of=day("2026-12-31"), evaluated_on=day("2027-01-02"), effective_on=day("2027-01-01"), is_review=True,
            ladder=[], created_at=moment("2027-01-02"),
        ),
    )  # fmt: skip


def test_twice_for_a_day_is_once_and_an_earlier_day_is_refused(cast: Cast) -> None:
    certify(cast.owner, cast.seller)
    evaluate("2026-10-31")
    before = held(cast.partner), OutboxMessage.objects.count(), AuditEvent.objects.count()
    certify(cast.finance)
    again = evaluate("2026-10-31", on="2026-11-20")
    assert (again.is_new, again.effective_on, again.lines) == (False, day("2026-11-01"), ())
    assert (held(cast.partner), OutboxMessage.objects.count(), AuditEvent.objects.count()) == before
    with pytest.raises(DomainError, match="2026-10-31, which is later"):
        evaluate("2026-09-30")


@pytest.mark.django_db(transaction=True)
def test_two_evaluations_at_once_are_one() -> None:
    made = assemble()
    TierCriterion.objects.create(tier=make_tier("gold", rank=2), figure="certified_people", at_least=1)
    certify(made.owner)
    start, news = threading.Barrier(2), []

    def run() -> None:
        start.wait()
        news.append(evaluate("2026-10-31").is_new)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(news) == [False, True]
    assert TierRun.objects.count() == 1
    assert [code for code, *_days in held(made.partner)] == ["silver", "gold"]
    assert len(mails()) == 2


def test_a_dry_run_changes_nothing(cast: Cast) -> None:
    certify(cast.owner, cast.seller)
    run = evaluate("2026-10-31", dry_run=True)
    assert {line.partner: line.decision.tier for line in run.lines} == {"northwind": "gold", "contoso": "silver"}
    assert not TierRun.objects.exists()
    assert len(held(cast.partner)) == 1
    assert mails() == []


def test_who_has_not_begun_or_has_ended_is_not_evaluated(cast: Cast) -> None:
    make_partner("new", status="onboarding")
    make_partner("paused", status="suspended")
    assert [line.partner for line in evaluate("2026-10-31").lines] == ["contoso", "northwind", "paused"]
    assert held(Partner.objects.get(code="paused")) == [("silver", day("2026-11-01"), None)]  # the lowest asks nothing


def hold_gold(cast: Cast, code: str = "gold") -> None:
    TierAssignment.objects.filter(partner=cast.partner).delete()
    assign_tier(cast.partner, Tier.objects.get(code=code), valid_from=day("2025-01-01"))


def test_warned_then_down_one_at_the_review_after_60_days(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-10-31")
    assert found_for(cast.partner, "2026-10-31") == ("gold", "gold", "kept", "given")
    warning = TierWarning.objects.get()
    assert (warning.tier.code, warning.warned_on) == ("gold", day("2026-11-01"))
    assert [subject for _to, subject in mails()] == ["Northwind IT may lose Gold"] * 2
    text = OutboxMessage.objects.first().payload["text"]  # type: ignore[union-attr]
    assert "- two more certified people" in text
    assert "If they do not hold at the review of 1 January 2027" in text
    evaluate("2026-11-30")
    assert found_for(cast.partner, "2026-11-30") == ("gold", "gold", "kept", "stands")
    assert len(mails()) == 2  # nobody is told twice
    assert evaluate("2026-12-31").is_review
    assert found_for(cast.partner, "2026-12-31") == ("gold", "silver", "demoted", "carried_out")
    assert held(cast.partner) == [("gold", day("2025-01-01"), day("2027-01-01")), ("silver", day("2027-01-01"), None)]
    warning.refresh_from_db()
    assert (warning.withdrawn_on, warning.carried_out_on) == (None, day("2027-01-01"))
    assert mails()[-1] == ("sanna@northwind.example", "Northwind IT holds Silver from 1 January 2027 on")


def test_a_warning_of_under_60_days_waits_for_the_next_review(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-11-30")
    evaluate("2026-12-31")
    assert found_for(cast.partner, "2026-12-31") == ("gold", "gold", "kept", "stands")
    Program.objects.update(tier_review_month=2)
    evaluate("2027-01-31")
    assert found_for(cast.partner, "2027-01-31") == ("gold", "silver", "demoted", "carried_out")


def test_a_warning_is_withdrawn_once_all_criteria_hold(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-10-31")
    certify(cast.owner, cast.seller, since="2026-11-15")
    evaluate("2026-11-30")
    assert found_for(cast.partner, "2026-11-30") == ("gold", "gold", "kept", "withdrawn")
    warning = TierWarning.objects.get()
    assert (warning.withdrawn_on, warning.carried_out_on) == (day("2026-12-01"), None)
    assert mails()[-1] == ("sanna@northwind.example", "Northwind IT keeps Gold")
    Certification.objects.all().delete()
    evaluate("2026-12-31")  # the review finds a new failure: a new warning, no demotion
    assert found_for(cast.partner, "2026-12-31") == ("gold", "gold", "kept", "given")
    refused_by("tier_warning_kept", partial(TierWarning.objects.filter(pk=warning.pk).update, withdrawn_on=None))
    refused_by("tier_warning_kept", warning.delete)


def test_one_warning_stands_at_a_time(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-10-31")
    first = TierWarning.objects.get()
    refused_by(
        "tier_warning_one_stands",
        lambda: TierWarning.objects.create(
            partner=cast.partner, tier=first.tier, run=first.run, warned_on=day("2026-11-01")
        ),
    )


def test_a_figure_that_nobody_knows_stops_everything(cast: Cast) -> None:
    TierCriterion.objects.create(tier=Tier.objects.get(code="gold"), figure="sauced_mrr", at_least=5)
    with pytest.raises(DomainError, match="No figure is called “sauced_mrr”"):
        evaluate("2026-10-31")
    assert evaluate_due(now=moment("2026-11-02")) is None
    assert not TierRun.objects.exists()


def test_only_administrators_evaluate_and_set_by_hand(cast: Cast) -> None:
    for who in ("manager", "finance_person", "viewer", "owner"):
        with pytest.raises(NotAllowedError):
            evaluate_tiers(as_of=day("2026-10-31"), actor=cast.actor(who), now=moment("2026-11-01"))
        with pytest.raises(NotAllowedError):
            by_hand(cast, "2026-11-10", "2026-12-10", who=who)


def test_the_month_that_is_over_is_evaluated_by_itself_once(cast: Cast) -> None:
    certify(cast.owner, cast.seller)
    run = evaluate_due(now=moment("2026-11-01"))
    assert run is not None
    assert (run.as_of, run.effective_on) == (day("2026-10-31"), day("2026-11-01"))
    assert evaluate_due(now=moment("2026-11-02")) is None
    TierCriterion.objects.all().delete()
    assert evaluate_due(now=moment("2026-12-01")) is None  # nothing is asked for


# By hand


def by_hand(
    cast: Cast, start: str, until: str, *, tier: str = "platinum", who: str = "admin", on: str = "2026-11-10"
) -> TierOverride:
    return set_by_hand(
        partner_id=cast.partner.pk, tier=tier, valid_from=day(start), valid_until=day(until), reason="Launch partner",
        actor=cast.actor(who), now=moment("2026-11-10"),
    )  # fmt: skip


def test_a_tier_by_hand_holds_for_its_days(cast: Cast) -> None:
    by_hand(cast, "2026-11-10", "2027-02-01")
    assert held(cast.partner) == [
        ("silver", day("2025-01-01"), day("2026-11-10")),
        ("platinum", day("2026-11-10"), day("2027-02-01")),
        ("silver", day("2027-02-01"), None),
    ]
    event = AuditEvent.objects.get(action="tier.by_hand")
    assert (event.reason, event.data["until"]) == ("Launch partner", "2027-02-01")


def test_what_was_computed_last_applies_when_it_ends(cast: Cast) -> None:
    by_hand(cast, "2026-11-10", "2027-02-01")
    certify(cast.owner, cast.seller, since="2026-11-15")
    evaluate("2026-11-30")
    assert found_for(cast.partner, "2026-11-30") == ("silver", "gold", "promoted", "")
    assert held(cast.partner)[1:] == [
        ("platinum", day("2026-11-10"), day("2027-02-01")),
        ("gold", day("2027-02-01"), None),
    ]


def test_under_a_tier_by_hand_warnings_go_on(cast: Cast) -> None:
    hold_gold(cast)
    by_hand(cast, "2026-11-10", "2027-03-01")
    for as_of in ("2026-10-31", "2026-11-30", "2026-12-31"):
        evaluate(as_of, on=max(as_of, "2026-11-10"))
    # Warned on 10 November, 52 days before the review: not yet.
    assert found_for(cast.partner, "2026-12-31") == ("gold", "gold", "kept", "stands")
    evaluate("2027-06-30")
    assert held(cast.partner) == [
        ("gold", day("2025-01-01"), day("2026-11-10")),
        ("platinum", day("2026-11-10"), day("2027-03-01")),
        ("gold", day("2027-03-01"), day("2027-07-01")),
        ("silver", day("2027-07-01"), None),
    ]


def test_ended_early_what_is_computed_applies_from_today(cast: Cast) -> None:
    made = by_hand(cast, "2026-11-10", "2027-02-01")
    certify(cast.owner, cast.seller, since="2026-11-15")
    evaluate("2026-11-30", on="2026-11-30")
    # The evaluation counts from 1 December: until then it is Silver.
    ended = end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-11-30"))
    assert ended.valid_until == day("2026-11-30")
    assert held(cast.partner) == [
        ("silver", day("2025-01-01"), day("2026-11-10")),
        ("platinum", day("2026-11-10"), day("2026-11-30")),
        ("silver", day("2026-11-30"), day("2026-12-01")),
        ("gold", day("2026-12-01"), None),
    ]
    with pytest.raises(StaleError):
        end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-12-05"))


def test_one_that_has_not_begun_leaves_no_trace_in_what_is_held(cast: Cast) -> None:
    before = held(cast.partner)
    made = by_hand(cast, "2026-12-10", "2027-02-01")
    assert len(held(cast.partner)) == 3
    end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-11-20"))
    assert held(cast.partner) == before


def test_a_second_one_may_follow_but_not_overlap(cast: Cast) -> None:
    by_hand(cast, "2026-12-01", "2027-01-01", tier="gold")
    with pytest.raises(DomainError, match="another tier by hand on some of these days"):
        by_hand(cast, "2026-12-31", "2027-02-01")
    by_hand(cast, "2027-01-01", "2027-02-01")
    assert [code for code, *_days in held(cast.partner)] == ["silver", "gold", "platinum", "silver"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"valid_from": day("2026-11-09")}, "back_dated"),
        ({"valid_until": day("2026-11-10")}, "bad_end"),
        ({"reason": "  "}, "reason_missing"),
        ({"tier": "diamond"}, "unknown_tier"),
    ],
)
def test_a_tier_by_hand_needs_days_ahead_and_a_reason(cast: Cast, change: dict[str, Any], why: str) -> None:
    values = {"tier": "gold", "valid_from": day("2026-11-10"), "valid_until": day("2026-12-01"), "reason": "x"}
    with pytest.raises(DomainError) as refused:
        set_by_hand(
            partner_id=cast.partner.pk, actor=cast.actor("admin"), now=moment("2026-11-10"), **{**values, **change}
        )
    assert refused.value.code == why
    assert len(held(cast.partner)) == 1


def test_a_rate_is_written_in_per_cent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from partners.queries.tiers import as_figure  # noqa: PLC0415 - one place

    assert as_figure("activity_rate", Decimal(85)) == Decimal("0.85")
    assert as_figure("certified_people", Decimal(2)) == Decimal(2)


def test_the_command(cast: Cast, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    certify(cast.owner, cast.seller)
    call_command("evaluate_tiers", "--as-of", "2030-10-31", "--dry-run")
    assert capsys.readouterr().out.splitlines() == [
        "northwind: silver -> gold (promoted)",
        "2 partners, 1 promoted, 0 demoted; would count from 2030-11-01",
    ]
    with pytest.raises(CommandError, match="2030-10-31 is still to come") as early:
        call_command("evaluate_tiers", "--as-of", "2030-10-31")
    assert (early.value.returncode, TierRun.objects.count()) == (2, 0)
    monkeypatch.setattr(timezone, "now", lambda: moment("2030-10-31"))
    call_command("evaluate_tiers", "--as-of", "2030-10-31")
    assert capsys.readouterr().out.splitlines()[-1] == "2 partners, 1 promoted, 0 demoted; counts from 2030-11-01"
    call_command("evaluate_tiers", "--as-of", "2030-10-31")
    assert capsys.readouterr().out.splitlines() == ["evaluated for 2030-10-31 already, nothing to do"]
    with pytest.raises(CommandError) as usage:
        call_command("evaluate_tiers", "--as-of", "yesterday")
    assert usage.value.returncode == 2
    with pytest.raises(CommandError) as refused:
        call_command("evaluate_tiers", "--as-of", "2030-09-30")
    assert refused.value.returncode == 1
    assert TierRun.objects.get().actor == OPERATOR.label
    assert OPERATOR.kind is ActorKind.OPERATOR


def test_people_of_nobody_are_no_one_s(cast: Cast) -> None:
    certify(make_user("freelance@example.com"))
    assert {line.decision.tier for line in evaluate("2026-10-31").lines} == {"silver"}


def test_a_promotion_takes_a_standing_warning_back(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-10-31")
    certify(cast.owner, cast.seller, cast.finance, since="2026-11-15")
    evaluate("2026-11-30")
    assert found_for(cast.partner, "2026-11-30") == ("gold", "platinum", "promoted", "withdrawn")
    assert TierWarning.objects.get().withdrawn_on == day("2026-12-01")
    assert mails()[-1] == ("sanna@northwind.example", "Northwind IT rises to Platinum")


def test_a_warning_about_a_tier_that_is_held_no_more_gives_way_to_a_new_one(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-10-31")
    TierAssignment.objects.filter(partner=cast.partner).update(tier=Tier.objects.get(code="platinum"))  # from a file
    evaluate("2026-11-30")
    known = TierWarning.objects.order_by("pk").values_list("tier__code", "warned_on", "withdrawn_on")
    assert list(known) == [
        ("gold", day("2026-11-01"), day("2026-12-01")), ("platinum", day("2026-12-01"), None),
    ]  # fmt: skip


def test_a_warning_that_has_ended_is_none(cast: Cast) -> None:
    """One that was withdrawn does not count for the 60 days of the next; nor does one that was carried out."""
    hold_gold(cast, "platinum")
    for as_of in ("2026-10-31", "2026-12-31"):
        evaluate(as_of)
    assert found_for(cast.partner, "2026-12-31") == ("platinum", "gold", "demoted", "carried_out")
    evaluate("2027-06-30")  # warned about Platinum long ago, about Gold never
    assert found_for(cast.partner, "2027-06-30") == ("gold", "gold", "kept", "given")
    certify(cast.owner, cast.seller, since="2027-07-15")
    evaluate("2027-07-31")
    Certification.objects.all().delete()
    evaluate("2027-12-31")
    assert found_for(cast.partner, "2027-12-31") == ("gold", "gold", "kept", "given")


def test_a_warning_stays_as_it_was_given(cast: Cast) -> None:
    hold_gold(cast)
    evaluate("2026-10-31")
    warning = TierWarning.objects.filter(withdrawn_on=None)
    refused_by("tier_warning_kept", partial(warning.update, warned_on=day("2026-01-01")))
    refused_by("tier_warning_kept", warning.get().delete)


def test_what_is_not_defined_is_kept_in_english_with_its_reason(cast: Cast) -> None:
    TierCriterion.objects.create(tier=Tier.objects.get(code="gold"), figure="nrr", at_least=90)
    with translation.override("pl"):
        evaluate("2026-10-31")
    row = TierEvaluation.objects.get(partner=cast.partner)
    assert row.figures["nrr"] == {"value": None, "n": 0, "why": "There was no customer 12 months before."}


def test_a_second_tier_by_hand_lies_over_what_is_computed_under_the_first(cast: Cast) -> None:
    by_hand(cast, "2026-11-10", "2027-02-01")
    by_hand(cast, "2027-03-01", "2027-04-01", tier="gold")
    made = TierOverride.objects.get(tier__code="platinum")
    end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-12-01"))
    assert held(cast.partner) == [
        ("silver", day("2025-01-01"), day("2026-11-10")),
        ("platinum", day("2026-11-10"), day("2026-12-01")),
        ("silver", day("2026-12-01"), day("2027-03-01")),
        ("gold", day("2027-03-01"), day("2027-04-01")),
        ("silver", day("2027-04-01"), None),
    ]
    event = AuditEvent.objects.get(action="tier.by_hand_ended")
    assert event.data == {"tier": "platinum", "until": "2026-12-01"}


def test_one_under_another_that_follows_at_once_leaves_the_computed_tier(cast: Cast) -> None:
    by_hand(cast, "2026-12-01", "2027-01-01", tier="gold")
    by_hand(cast, "2026-11-15", "2026-12-01")  # ends where the other begins: the other is not what is computed
    assert held(cast.partner)[-1] == ("silver", day("2027-01-01"), None)
    first = TierOverride.objects.get(tier__code="gold")
    end_by_hand(public_id=first.public_id, actor=cast.actor("admin"), now=moment("2026-11-20"))
    assert held(cast.partner)[-2:] == [
        ("platinum", day("2026-11-15"), day("2026-12-01")), ("silver", day("2026-12-01"), None),
    ]  # fmt: skip


def test_one_that_was_voided_is_over(cast: Cast) -> None:
    made = by_hand(cast, "2026-12-10", "2027-02-01")
    end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-11-20"))
    with pytest.raises(StaleError):
        end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-11-20"))


def test_tiers_by_hand_are_in_the_programs_days(cast: Cast) -> None:
    Program.objects.update(timezone="Pacific/Kiritimati")  # 14 hours ahead: it is the 11th there
    made = by_hand(cast, "2026-11-11", "2027-02-01")
    late = datetime(2026, 11, 30, 20, tzinfo=UTC)
    assert end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=late).valid_until == day("2026-12-01")


def test_mails_go_to_who_can_sign_in_in_their_language_and_name_the_review(cast: Cast) -> None:
    hold_gold(cast)
    make_membership(make_user("off@northwind.example", is_active=False), cast.partner)
    User.objects.filter(pk=cast.owner.pk).update(language="pl")
    evaluate("2026-10-31", on="2026-10-31")
    sent = {row.payload["to"]: row.payload["text"] for row in OutboxMessage.objects.filter(topic="mail")}
    assert sorted(sent) == ["anna@vendor.example", "sanna@northwind.example"]
    # Warned on 31 October: the review of 1 January is 62 days ahead.
    assert "at the review of 1 January 2027" in sent["anna@vendor.example"]
    assert "- two more certified people" in sent["anna@vendor.example"]
    assert "1 stycznia 2027" in sent["sanna@northwind.example"]
    certify(cast.owner, cast.seller, since="2026-11-15")
    evaluate("2026-11-30")
    kept = OutboxMessage.objects.filter(topic="mail").order_by("-pk").values_list("payload__text", flat=True)
    assert not any("- " in words for words in kept[:2])


@pytest.mark.parametrize("who", ["manager", "finance_person", "viewer", "owner"])
def test_only_administrators_try_and_set_criteria(cast: Cast, who: str) -> None:
    for act in (simulate_criteria, set_criteria):
        with pytest.raises(NotAllowedError):
            act(wanted=(), actor=cast.actor(who), now=moment("2026-11-10"))


def test_on_paper_partners_go_down_one_too(cast: Cast) -> None:
    hold_gold(cast)
    found = simulate_criteria(
        wanted=[Wanted("gold", {"certified_people": Decimal(9)})], actor=cast.actor("admin"), now=moment("2026-11-10")
    )
    assert [(one.code, one.held, one.tier, one.is_up) for one in found.movers] == [
        ("contoso", "Silver", "Platinum", True), ("northwind", "Gold", "Platinum", True),
    ]  # fmt: skip
    found = simulate_criteria(
        wanted=[Wanted(code, {"certified_people": Decimal(9)}) for code in ("gold", "platinum")],
        actor=cast.actor("admin"),
        now=moment("2026-11-10"),
    )
    assert [(one.code, one.held, one.tier, one.is_up) for one in found.movers] == [
        ("northwind", "Gold", "Silver", False)
    ]
    with pytest.raises(DomainError, match="sauced"):
        simulate_criteria(
            wanted=[Wanted("gold", {"sauced": Decimal(1)})], actor=cast.actor("admin"), now=moment("2026-11-10")
        )
    with pytest.raises(DomainError, match="sauced"):
        set_criteria(
            wanted=[Wanted("gold", {"sauced": Decimal(1)})], actor=cast.actor("admin"), now=moment("2026-11-10")
        )


def test_two_evaluations_that_count_from_one_day_count_from_none_before_it(cast: Cast) -> None:
    made = by_hand(cast, "2026-11-10", "2027-02-01")
    certify(cast.owner, cast.seller)
    evaluate("2026-10-31", on="2026-11-12")  # late: counts from 1 December
    evaluate("2026-11-15", on="2026-11-16")  # once more by hand: from the same day
    end_by_hand(public_id=made.public_id, actor=cast.actor("admin"), now=moment("2026-11-20"))
    assert held(cast.partner) == [
        ("silver", day("2025-01-01"), day("2026-11-10")),
        ("platinum", day("2026-11-10"), day("2026-11-20")),
        ("silver", day("2026-11-20"), day("2026-12-01")),
        ("gold", day("2026-12-01"), None),
    ]
