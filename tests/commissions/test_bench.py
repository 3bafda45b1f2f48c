"""``make bench``: the smallest program, measured from end to end, and the arithmetic of its goals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from commissions.bench import baselines
from commissions.bench.measure import DisagreementError, Figures, Samples, _peer, measure
from commissions.bench.program import PERIOD, generate
from commissions.bench.report import goals, page
from commissions.models import ChangedFact, Run
from commissions.services.runs import calculate_run
from deals.models import Credit, MrrChange, Subscription
from prm.actors import OPERATOR
from tests.factories.facts import NOW

SIZE = 1_000


@pytest.mark.django_db(transaction=True)
def test_the_smallest_program_is_measured_and_peer_and_engine_agree_to_the_cent() -> None:
    said: list[str] = []
    figures = measure(subscriptions=SIZE, rounds=1, with_peer=True, say=said.append)
    assert said == [
        "1,000 subscriptions: generating",
        "first close",
        "baselines",
        "peer",
        "approval with statements",
        "again, nothing changed",
        "again, 1 % changed",
    ]
    assert (figures.kinds, figures.peak_kib is not None) == (7, True)
    samples = (figures.calculating, figures.approving, figures.ordinary, figures.floor, figures.peer, figures.changed)
    assert [len(sample.seconds) for sample in samples] == [1] * 6
    assert figures.entries > figures.changed_entries > 0
    assert Run.objects.filter(status="approved").count() == 2
    assert not {"bench_ordinary", "bench_floor"} & set(connection.introspection.table_names())
    text = page([figures], command="make bench", today=date(2026, 11, 24), rounds=1)
    assert "| first close ÷ *ordinary*, 1,000 |" in text
    assert f"| entries | {figures.entries:,} |" in text


@pytest.mark.django_db(transaction=True)
def test_the_generated_program_is_what_the_page_says() -> None:
    generate(subscriptions=SIZE)
    count = Subscription.objects.count()
    split = Credit.objects.filter(share=40).count()
    moved = MrrChange.objects.filter(effective_on__gte=PERIOD, subscription__started_on__lt=PERIOD)
    left = moved.filter(mrr=0).count()
    assert (count, split, moved.count() - left, left) == (1_000, 94, 34, 16)
    assert set(Subscription.objects.values_list("currency", flat=True)) == {"EUR", "USD", "JPY", "KWD"}
    # Change tracking was on, and the promises of the database are back.
    credits_marked = ChangedFact.objects.filter(source="deals_credit")
    assert credits_marked.values("subscription_id").distinct().count() == SIZE
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = 'credit_no_overlap'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_a_peer_that_gives_other_money_stops_everything() -> None:
    generate(subscriptions=SIZE)
    run = calculate_run(period=PERIOD, actor=OPERATOR, now=NOW)
    figures = Figures(SIZE)
    _peer(figures, run)
    assert baselines.OrdinaryEntry._default_manager.count() == run.entry_count
    change = MrrChange.objects.filter(subscription__currency="EUR", subscription__started_on__lt=PERIOD, mrr__gt=0)
    MrrChange.objects.filter(pk=change.latest("effective_on", "pk").pk).update(mrr=1)  # after the run has read it
    with pytest.raises(DisagreementError, match="the engine and the ORM loop disagree: EUR "):
        _peer(figures, run)
    baselines.drop_tables()


SMALL = Figures(
    subscriptions=100_000,
    calculating=Samples([4, 5, 6], [10, 30, 20]),
    approving=Samples([1, 1, 2], [1, 2, 3]),
    ordinary=Samples([12, 11, 20], [100, 100, 100]),
    floor=Samples([1]),
    peer=Samples([60]),
    again_full=Samples([3]),
    changed=Samples([0.3]),
    changed_approving=Samples([0.06]),
    peak_kib=80_000,
)


def test_goals_stand_beside_their_figures_and_say_whether_they_are_met() -> None:
    large = replace(
        SMALL, subscriptions=1_000_000, calculating=Samples([70], [300]), approving=Samples([5], [20]), peer=Samples(),
        ordinary=Samples([100], [1000]), peak_kib=100_000, again_tracked=Samples([0.5]),
    )  # fmt: skip
    assert [goal.row() for goal in goals([SMALL, large])] == [
        "| first close ÷ *ordinary*, 100,000 | 0.50× | at most 0.5× | met |",
        "| *peer* ÷ first close, 100,000 | 10.00× | at least 15× | **not met** |",
        "| nothing changed, full diff ÷ first close, 100,000 | 0.50× | at most 0.5× | met |",
        "| nothing changed, change tracking ÷ first close, 100,000 | not measured | at most 0.01× | – |",
        "| 1 % changed ÷ first close, 100,000 | 0.060× | at most 0.05× | **not met** |",
        "| write-ahead log ÷ *ordinary*, 100,000 | 0.22× | at most 0.35× | met |",
        "| first close ÷ *ordinary*, 1,000,000 | 0.75× | at most 0.5× | **not met** |",
        "| nothing changed, full diff ÷ first close, 1,000,000 | 0.04× | at most 0.5× | met |",
        "| nothing changed, change tracking ÷ first close, 1,000,000 | 0.0067× | at most 0.01× | met |",
        "| 1 % changed ÷ first close, 1,000,000 | 0.005× | at most 0.05× | met |",
        "| write-ahead log ÷ *ordinary*, 1,000,000 | 0.32× | at most 0.35× | met |",
        "| growth of the first close, 100,000 to 1,000,000 (exponent) | 1.10 | at most 1.05 | **not met** |",
        "| peak memory of the worker, 100,000 to 1,000,000 | 1.25× | at most 1.1× | **not met** |",
    ]


@pytest.mark.parametrize("arguments", [("--sizes", "999"), ("--rounds", "0")])
def test_too_little_to_measure_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="Measure at least 1,000 subscriptions, at least once"):
        call_command("bench", *arguments)
