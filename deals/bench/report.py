"""Turns the figures into their part of ``docs/benchmarks.md``, each goal beside its figure."""

from __future__ import annotations

import platform
from os import cpu_count
from typing import TYPE_CHECKING

from prm.benchmarks import machine, server

if TYPE_CHECKING:
    from datetime import date

    from deals.bench.measure import Measured, Times

MEDIAN_MS, P99_MS, MOST_TIMES = 10, 50, 2

ABOUT = """
{accounts:,} customers in 40 countries (the largest has a fifth of them), 70 % with a domain, {registrations:,} live
registrations of 5,000 partners in three families, one subscription for every sixth customer, opportunities of direct
sales, key accounts, groups of companies. Half of the questions name a customer by its domain, half come with a domain
that nobody knows and a name that is like one. *Whole verdict*: settings, kept hosts, domain, look-alikes in the whole
country, the group of companies, every claim on all of them, and all rules, as a submission asks them. *Live check*: the
same as the portal asks it, with its limits and its log, look-alikes among the partner's own customers. *Bare probes*:
the index look-ups alone that the verdict cannot do without, on the same questions, in turn with it, those of one kind
together in one round trip. *Work* is processor time, the server's included: it leaves out the waiting for others on a
busy machine.
"""


def part(found: Measured, *, command: str, today: date, checks: int) -> str:
    """Return the part in Markdown."""
    submissions = f"{found.on_one:,.0f} on one customer, {found.on_many:,.0f} on many"
    queries = ", ".join(f"{count} with {label}" for label, count in found.queue_queries.items())
    return "\n".join(
        [
            "# Decisions on registrations",
            "",
            f"`{command}` on {today:%Y-%m-%d}: {machine()}; Python {platform.python_version()}, {server()}.",
            f"{checks:,} questions, one after the other; generated in {found.generating:,.0f} s.",
            f"Load average while they were timed: {found.load[0]:.1f} to {found.load[1]:.1f} on {cpu_count()} cores.",
            ABOUT.format(accounts=found.accounts, registrations=found.registrations),
            "| goal | measured | limit | |",
            "| --- | ---: | ---: | --- |",
            _goal("whole verdict, median", found.verdict.median, MEDIAN_MS, "ms"),
            _goal("whole verdict, 99 of 100", found.verdict.p99, P99_MS, "ms"),
            _goal("whole verdict ÷ bare probes, medians", found.ratio, MOST_TIMES, "×"),
            _goal("work of the whole verdict, median", found.verdict.processor_median, MEDIAN_MS, "ms"),
            _goal("work of the whole verdict, 99 of 100", found.verdict.processor_p99, P99_MS, "ms"),
            _goal("work of the whole verdict ÷ bare probes, medians", found.work_ratio, MOST_TIMES, "×"),
            "",
            "| milliseconds | median | 99 of 100 | work, median | work, 99 of 100 |",
            "| --- | ---: | ---: | ---: | ---: |",
            _row("whole verdict", found.verdict),
            _row("live check in the portal", found.check),
            _row("bare probes together", found.probes),
            _row("– domain", found.domain_probe),
            _row("– names of one country by trigrams", found.name_probe),
            _row("– claims on what was found", found.claim_probes),
            "",
            f"Submissions a second on 8 connections: {submissions}. Queries of the console's queue: {queries}.",
            "",
        ]
    )


def _goal(what: str, figure: float, limit: float, unit: str) -> str:
    met = "met" if figure <= limit else "**not met**"
    return f"| {what} | {figure:.1f} {unit} | at most {limit:g} {unit} | {met} |"


def _row(what: str, times: Times) -> str:
    figures = (times.median, times.p99, times.processor_median, times.processor_p99)
    return f"| {what} | {' | '.join(f'{figure:.2f}' for figure in figures)} |"
