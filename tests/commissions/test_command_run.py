"""``manage.py run_commissions``: what the operator reads."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from commissions.management.commands.run_commissions import Command
from commissions.models import Run, RunChunk, RunChunkDone
from commissions.policy import Credit
from commissions.services.adjustments import add_adjustment
from commissions.services.runs.chunks import plan_chunks, store_chunks
from partners.models import Partner
from prm.actors import OPERATOR
from tests.commissions.test_worked_example import EXAMPLE, S1
from tests.factories.facts import NOW, install

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("run_commissions", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_it_prints_number_entries_totals_and_what_was_issued() -> None:
    install(EXAMPLE)
    assert run("2026-01", "--approve", "--verify") == (
        "Run 1 for 2026-01: 4 entries\n"
        "  EUR  recurring                 14.20         2 entries\n"
        "  EUR  upfront                  100.00         2 entries\n"
        "Verified: the same as a full recompute.\n"
        "Approved; 2 statements issued.\n"
    )
    assert run("2026-01") == "Run 2 for 2026-01: 0 entries\n"


def test_it_names_what_to_look_at() -> None:
    Partner.objects.create(code="a", name="A", type="reseller", status="suspended")
    low = replace(S1, credits=(Credit("a", "sourced", Decimal(60)),))
    orphans = tuple(replace(S1, id=f"O{n}", credits=()) for n in range(4))
    unpaid = replace(S1, id="U", credits=(Credit("b", "services", Decimal(10)), Credit("a", "sourced", Decimal(100))))
    rules = tuple(replace(rule, role="sourced") for rule in EXAMPLE.rules)
    install(replace(EXAMPLE, subscriptions=(low, *orphans, unpaid), rules=rules))
    assert run("2026-01").splitlines()[3:] == [
        "  warning: 4 paying subscriptions bought through a partner on which nobody is credited: O0, O1, O2, …",
        "  warning: 1 partner credited on paying customers that no rule of its plan pays: b",
        "  warning: 1 partner that earns while it is not active: a",
        "  warning: 1 subscription credited below 100 %: S1",
    ]


def test_it_names_the_adjustments_that_joined_before_they_are_approved() -> None:
    install(EXAMPLE)
    run("2026-01", "--approve")
    partner = Partner.objects.get(code="a")
    for amount, currency in (("10", "EUR"), ("-2.50", "EUR"), ("1200", "JPY")):
        add_adjustment(
            partner=partner, currency=currency, amount=Decimal(amount), reason="Fair", actor=OPERATOR, now=NOW
        )
    assert run("2026-01", "--approve") == (
        "Run 2 for 2026-01: 0 entries\n"
        "  EUR  adjustments                7.50         2 adjustments\n"
        "  JPY  adjustments               1,200         1 adjustment\n"
        "Approved; 2 statements issued.\n"
    )
    assert run("2026-01") == "Run 3 for 2026-01: 0 entries\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2026-13",), "“2026-13” is not a month; write it as YYYY-MM, such as 2026-05"),
        (("May",), "“May” is not a month"),
    ],
)
def test_a_month_is_asked_for_in_words(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_an_unfinished_month_is_computed_but_not_approved() -> None:
    install(EXAMPLE)
    today = timezone.now().date()
    with pytest.raises(CommandError, match="only after its last day"):
        run(f"{today:%Y-%m}", "--approve")


def test_a_month_that_has_not_begun_is_refused() -> None:
    with pytest.raises(CommandError, match="This month has not begun"):
        run("9999-12")


def test_an_empty_program_has_an_empty_run() -> None:
    assert run("2026-01") == "Run 1 for 2026-01: 0 entries\n"


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_ranges_done() -> None:
    install(EXAMPLE)
    calculated = Run.objects.create(number=1, period=date(2026, 1, 1), created_at=timezone.now())
    store_chunks(calculated, plan_chunks())
    first = RunChunk.objects.get(run=calculated, number=0)
    RunChunkDone.objects.create(chunk=first, entries=0, done_at=timezone.now())
    terminal = Terminal()
    command = Command(stdout=io.StringIO(), stderr=terminal)
    command._show("ranges")
    command._count_ranges(calculated.pk)
    command._show("earned")  # a step within a range says nothing once ranges are counted
    command._show("range_done")
    command._show("indexes")
    assert [line.strip("\033[K \r…") for line in terminal.getvalue().split("…")] == [
        "ranges",
        "1 of 2 ranges",
        "indexes",
        "",
    ]


def test_full_and_workers_are_options_that_do_something() -> None:
    install(EXAMPLE)
    assert run("2026-01", "--approve", "--full", "--workers", "2").startswith("Run 1 for 2026-01: 4 entries\n")
    assert Run.objects.get().is_full
    with pytest.raises(CommandError, match="“0” is not a number from 1 to 32"):
        run("2026-02", "--workers", "0")
