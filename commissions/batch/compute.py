"""Runs the named steps over one range of subscriptions, in one transaction, over one snapshot of the facts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.batch import accelerator, caps, differences, facts, pricing, warnings
from commissions.batch.sources import sources
from commissions.batch.steps import nothing
from commissions.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commissions.batch.terms import Terms

LOWEST, HIGHEST = 0, 2**63 - 1
"""Subscription ids between which all lie."""

WORK_TABLES = "scope, subject, level, stretch, monthly, source, holding, situation, repeated, earned, posted, unruled"
ACCELERATOR_TABLES = "accelerator_scope, new_mrr, bonus"

SETTINGS = (
    "SELECT set_config('enable_nestloop', %(loops)s, true), set_config('enable_mergejoin', %(loops)s, true), "
    "set_config('enable_sort', %(loops)s, true), set_config('join_collapse_limit', %(collapse)s, true)"
)

Step = tuple[str, str]


def range_steps(terms: Terms) -> list[Step]:
    """Return the named statements that lead from the facts of a range to what each key has earned and was posted."""
    window = terms.window
    one_month = terms.full_from == window.period and not terms.is_partial
    earned = pricing.EARNED_AS_COLLECTED if terms.has_collected else pricing.EARNED_AS_CONTRACTED
    steps = [
        ("scope", facts.SCOPE if terms.is_partial else facts.NO_SCOPE),
        ("subjects", facts.only(facts.SUBJECTS, "s.id", is_everything=terms.is_everything)),
        ("levels", facts.only(facts.LEVELS, "m.subscription_id", is_everything=terms.is_everything)),
        ("stretches", facts.only(facts.STRETCHES, "c.subscription_id", is_everything=terms.is_everything)),
        ("monthly", facts.MONTHLY_OF_ONE if one_month else facts.MONTHLY),
        ("sources", sources(terms.kinds)),
        ("holdings", pricing.HOLDINGS),
        ("situations", pricing.SITUATIONS),
        ("repeated", pricing.REPEATED),
        ("earned", earned),
        ("details", pricing.DETAILS),
        ("posted", _posted(terms)),
    ]
    if terms.has_caps:
        steps.append(("caps", caps.CAPS))
    return steps


def _posted(terms: Terms) -> str:
    """Choose how to read what was posted: of everything, of what changed, or nothing."""
    last = terms.window.last_approved
    if last is None:
        return differences.POSTED_OF_NOTHING
    if terms.full_from <= last:
        return differences.POSTED_OF_ALL
    return differences.POSTED_OF_CHANGED if terms.is_partial else differences.POSTED_OF_NOTHING


@contextmanager
def worked_range(
    terms: Terms, *, run_id: int, low: int = LOWEST, high: int = HIGHEST, on_step: Callable[[str], None] = nothing
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Compute what a range has earned into the work tables; yield a cursor to read them with, and its parameters.

    The work tables are dropped at the end, so that the caller's transaction may compute another range.
    """
    parameters = terms.parameters(run_id=run_id, low=low, high=high)
    with connection.cursor() as cursor, _planned(cursor):
        cursor.execute(f"DROP TABLE IF EXISTS {WORK_TABLES}")
        for name, statement in range_steps(terms):
            on_step(name)
            cursor.execute(statement, parameters)
        yield cursor, parameters
        cursor.execute(f"DROP TABLE IF EXISTS {WORK_TABLES}")


def write_range(
    terms: Terms,
    *,
    run_id: int,
    target: str,
    low: int = LOWEST,
    high: int = HIGHEST,
    on_step: Callable[[str], None] = nothing,
) -> int:
    """Compute a range and write its entries into ``target``, with its open items, warnings and unpaid months.

    Returns how many entries were written. ``target`` is a table of ours, shaped like the entries.
    """
    with worked_range(terms, run_id=run_id, low=low, high=high, on_step=on_step) as (cursor, parameters):
        on_step("entries")
        statement = differences.ENTRIES if terms.reads_posted else differences.FIRST_ENTRIES
        cursor.execute(statement.replace("{target}", target), parameters)
        written = int(cursor.rowcount)
        on_step("notes")
        if terms.reads_posted:
            cursor.execute(differences.OPEN_ITEMS, parameters)
        if terms.is_partial:
            cursor.execute(differences.LOOKED_AT, parameters)
        _write_warnings(cursor, parameters)
    return written


def write_accelerators(terms: Terms, *, run_id: int, target: str, low: int = LOWEST, high: int = HIGHEST) -> int:
    """Compute the accelerators of partners ``low`` <= id < ``high`` and write their entries; return how many."""
    with worked_accelerators(terms, run_id=run_id, low=low, high=high) as (cursor, parameters):
        cursor.execute(accelerator.ENTRIES.replace("{target}", target), parameters)
        return int(cursor.rowcount)


@contextmanager
def worked_accelerators(
    terms: Terms, *, run_id: int, low: int = LOWEST, high: int = HIGHEST
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Compute accelerators of a range of partners into ``bonus``; yield a cursor and the parameters."""
    parameters = terms.parameters(run_id=run_id, low=low, high=high)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {ACCELERATOR_TABLES}")
        cursor.execute(accelerator.SCOPE if terms.is_partial else accelerator.NO_SCOPE, parameters)
        cursor.execute(accelerator.EARLIEST, parameters)
        parameters["accelerator_from"] = cursor.fetchone()[0]
        started = accelerator.STARTED if terms.is_everything else accelerator.STARTED_OF_FEW
        cursor.execute(accelerator.NEW_MRR.replace("{started}", started), parameters)
        cursor.execute(accelerator.BRACKETS, parameters)
        yield cursor, parameters
        cursor.execute(f"DROP TABLE IF EXISTS {ACCELERATOR_TABLES}")


def pays_accelerators(terms: Terms) -> bool:
    """Whether there is anything to do for accelerators: a rule that pays one, or one that may have been posted."""
    return Kind.ACCELERATOR in terms.kinds or terms.reads_posted


def _write_warnings(cursor: Any, parameters: dict[str, Any]) -> None:
    cursor.execute(warnings.HAS_UNRULED)
    has_unruled = cursor.fetchone()[0]
    cursor.execute(warnings.UNRULED if has_unruled else warnings.NOTHING_UNRULED, parameters)
    cursor.execute(warnings.UNPAID, parameters)
    for statement in warnings.OF_RANGE.values():
        cursor.execute(statement, parameters)


@contextmanager
def _planned(cursor: Any) -> Iterator[None]:
    """Tell the planner what it cannot know of work tables without statistics: to hash them.

    Analyzing them would cost a tenth of the computation. Settings of the caller's transaction are put back.
    """
    cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
    # Joins are written in the order in which they are to be done.
    cursor.execute(SETTINGS, {"loops": "off", "collapse": "1"})
    yield
    cursor.execute(SETTINGS, {"loops": "on", "collapse": "8"})
