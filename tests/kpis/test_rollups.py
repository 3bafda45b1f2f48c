"""Rollups agree with a plain calculation from the raw rows, and with themselves made from nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction

from deals.batch.rollups import ROLLUP_LOCK, rebuild_rollups, refresh_rollups, wanted_days
from deals.models import Credit, MrrChange, RollupDay, RollupMark, SegmentRollup
from deals.queries.rollups.computing import KEPT
from deals.queries.rollups.reading import reading_of, readings_by_partner
from prm.metrics import Scope
from tests.factories.deals import make_account, make_subscription
from tests.factories.partners import make_partner
from tests.kpis.drawn_mrr import History
from tests.kpis.plain_mrr import Plain, load

pytestmark = pytest.mark.django_db

TODAY = date(2026, 4, 12)
ASKED = (date(2025, 2, 28), date(2025, 9, 30), date(2026, 2, 28), date(2026, 3, 31), TODAY, date(2025, 11, 17))


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return every rollup row as the database writes it, without the serial keys."""
    found = {}
    with connection.cursor() as cursor:
        for table in KEPT.names:
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) "
                "FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'",
                [table],
            )
            columns = cursor.fetchone()[0]
            cursor.execute(f"SELECT ROW({columns})::text FROM {table} ORDER BY 1")  # noqa: S608 - names of ours
            found[table] = cursor.fetchall()
    return found


def close(found: Decimal, expected: Fraction) -> bool:
    """Whether two amounts are the same but for the tenth decimal, to which rollups round a division."""
    return abs(Fraction(found) - expected) < Fraction(1, 10**7)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_rolled_up", [True, False], ids=["rollup", "raw"])
def test_sums_are_those_of_a_plain_calculation(seed: int, *, is_rolled_up: bool) -> None:
    history = History(seed)
    if is_rolled_up:
        refresh_rollups(today=TODAY)
    subs, everybody = load(), [partner.pk for partner in history.partners]
    scopes: list[tuple[list[int] | None, dict[str, Any]]] = [
        (None, {}),
        *(([pk], {"partner_id": pk}) for pk in everybody[:2]),
        (everybody[::2], {"manager": "m0@v.example"}),
    ]
    for day in ASKED[seed % 2 :: 2]:
        for only, asked in scopes:
            check(Plain(subs, day, everybody=everybody, only=only), Scope(as_of=day, **asked))


def check(plain: Plain, scope: Scope) -> None:
    found = reading_of(scope, cuts=True)
    assert close(found.amount("sourced"), plain.sourced(plain.day))
    assert close(found.program_total, plain.total())
    assert close(found.amount("influenced"), plain.influenced())
    for name, day in (("co_sell", plain.day), ("co_sell_month_ago", plain.month_ago)):
        assert close(found.amount(name), plain.co_sell(day))
    assert close(found.amount("sourced_year_ago"), plain.sourced(plain.year_ago))
    assert close(found.amount("begun"), plain.begun())
    for name, amount in plain.movements().items():
        assert close(found.amount(name), amount), name
    opening, closing, kept, number = plain.retention()
    assert close(found.amount("year_opening"), opening)
    assert close(found.year_closing, closing)
    assert close(found.counts["kept"], kept)
    assert found.count("year_opening") == number
    _ended, _renewed, term_opening, rose = plain.terms()
    assert close(found.amount("term_opening"), term_opening)
    assert close(found.amount("term_expanded"), rose)
    cuts: dict[str, dict[str, Decimal]] = {}
    for cut in found.cuts():
        cuts.setdefault(cut.dimension, {})[cut.key] = cut.mrr
    for name in ("family", "country", "origin"):
        expected = plain.by(name)
        assert {key for key, mrr in cuts.get(name, {}).items() if mrr} == set(expected)
        assert all(close(cuts[name][key], amount) for key, amount in expected.items())
    assert found.count("live") == plain.live()
    assert found.count("begun") == plain.begun_customers()
    assert {name: found.count(name) for name in plain.moved_customers()} == plain.moved_customers()
    assert (found.count("terms"), found.count("renewed")) == plain.terms()[:2]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.django_db(transaction=True)
def test_what_changes_bring_is_what_a_rebuild_brings_byte_by_byte(seed: int) -> None:
    history = History(100 + seed, customers=6)
    refresh_rollups(today=date(2026, 2, 10))
    for step in range(12):
        history.change()
        if step % 3 == 2:
            refresh_rollups(today=date(2026, 2, 10 + step))
    refresh_rollups(today=TODAY)
    incremental = rows()
    assert rebuild_rollups(today=TODAY).days
    assert rows() == incremental
    for table in KEPT.names:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - the same
    RollupDay.objects.all().delete()
    refresh_rollups(today=TODAY)
    assert rows() == incremental
    assert sum(map(len, incremental.values())) > 200


def test_a_second_refresh_makes_nothing() -> None:
    make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    first = refresh_rollups(today=TODAY)
    assert sorted(first.days) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), TODAY]
    before = rows()
    assert refresh_rollups(today=TODAY).days == ()
    assert rows() == before


def test_the_next_month_makes_one_day_and_forgets_the_running_one() -> None:
    make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    refresh_rollups(today=TODAY)
    assert sorted(refresh_rollups(today=date(2026, 5, 1)).days) == [date(2026, 4, 30), date(2026, 5, 1)]
    assert list(RollupDay.objects.order_by("day").values_list("day", flat=True)) == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 1),
    ]
    assert not SegmentRollup.objects.filter(day=TODAY).exists()


def test_a_back_dated_change_makes_the_months_from_it_on_again() -> None:
    row = make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    refresh_rollups(today=TODAY)
    MrrChange.objects.create(subscription=row, effective_on=date(2026, 3, 15), mrr=250)
    assert sorted(refresh_rollups(today=TODAY).days) == [date(2026, 3, 31), TODAY]
    assert reading_of(Scope(as_of=date(2026, 2, 28))).amount("sourced") == 100
    assert reading_of(Scope(as_of=date(2026, 3, 31))).amount("sourced") == 250


def test_a_change_of_nothing_that_matters_leaves_no_mark() -> None:
    row = make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    refresh_rollups(today=TODAY)
    row.version += 1
    row.save()
    row.account.name = "Another name Oy"
    row.account.save()
    MrrChange.objects.update(mrr=100)
    assert not RollupMark.objects.exists()


def test_what_changed_since_is_in_the_figure_of_a_small_program_at_once() -> None:
    row = make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    refresh_rollups(today=TODAY)
    MrrChange.objects.create(subscription=row, effective_on=date(2026, 2, 1), mrr=70)
    assert reading_of(Scope(as_of=TODAY)).amount("sourced") == 70
    assert not reading_of(Scope(as_of=TODAY)).waits


def test_a_large_program_says_that_changes_wait() -> None:
    row = make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    refresh_rollups(today=TODAY)
    RollupDay.objects.update(built_ms=5_000)
    MrrChange.objects.create(subscription=row, effective_on=date(2026, 2, 1), mrr=70)
    found = reading_of(Scope(as_of=TODAY))
    assert found.amount("sourced") == 100
    assert found.waits
    assert not reading_of(Scope(as_of=date(2026, 1, 31))).waits


@pytest.mark.parametrize(("is_rolled_up", "queries"), [(True, 1), (False, 2)])
def test_many_partners_are_read_in_a_fixed_number_of_statements(
    django_assert_num_queries: Any, *, is_rolled_up: bool, queries: int
) -> None:
    history = History(7)
    if is_rolled_up:
        refresh_rollups(today=TODAY)
    everybody = [partner.pk for partner in history.partners]
    for some in (everybody[:1], everybody):
        with django_assert_num_queries(queries):
            found = readings_by_partner(TODAY, some)
        for pk in some:
            alone = reading_of(Scope(as_of=TODAY, partner_id=pk))
            assert (found[pk].money, found[pk].counts) == (alone.money, alone.counts)


def test_days_begin_with_the_first_subscription_and_go_back_five_years_at_most() -> None:
    assert wanted_days(first=None, today=TODAY) == [TODAY]
    assert wanted_days(first=date(2026, 2, 14), today=date(2026, 3, 31)) == [date(2026, 2, 28), date(2026, 3, 31)]
    assert wanted_days(first=date(1999, 1, 1), today=TODAY)[0] == date(2021, 4, 30)


@pytest.mark.django_db(transaction=True)
def test_two_refreshes_at_once_do_the_work_once() -> None:
    make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())

    def refresh() -> Any:
        try:
            return refresh_rollups(today=TODAY)
        finally:
            connection.close()

    with transaction.atomic(), connection.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROLLUP_LOCK])
        busy = pool.submit(refresh).result()
    assert busy.busy
    assert not RollupDay.objects.exists()
    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(refresh) for _n in range(8)]:
            job.result()
    refresh_rollups(today=TODAY)
    kept = rows()
    rebuild_rollups(today=TODAY)
    assert rows() == kept


def test_truncated_or_deleted_facts_are_marked_too() -> None:
    row = make_subscription(make_account(), started_on=date(2026, 1, 5), credited=make_partner())
    refresh_rollups(today=TODAY)
    Credit.objects.filter(subscription=row).delete()
    assert list(RollupMark.objects.values_list("from_day", flat=True)) == [date(2026, 1, 5)]
    refresh_rollups(today=TODAY)
    assert reading_of(Scope(as_of=TODAY)).amount("sourced") == 0
