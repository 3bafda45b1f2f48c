"""The queue as a file, and how fast registrations are decided."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone

from deals.kpis import decision_speed, late_by_manager, speed_by_manager
from deals.manage.asking import desk_for, wanted_of
from deals.queries.decisions import mark_of, wanted_registrations
from deals.queries.rules import business_hours, rules_in_force
from prm.doors import actor_of, console_page, program_of
from prm.downloads import CSV, download
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

MONTHS = 6
"""Months that the figures look back, this one included."""

QUEUE_COLUMNS = (
    "reference",
    "customer",
    "partner",
    "manager",
    "family",
    "state",
    "finding",
    "expected_mrr",
    "currency",
    "submitted_at",
    "due_at",
    "late_business_hours",
)


@console_page
def queue_csv(request: HttpRequest) -> HttpResponse:
    """Return the queue as it is filtered and sorted, all of it, as CSV."""
    now, program = timezone.now(), program_of(request)
    desk = desk_for(request, now=now, program=program)
    hours = business_hours(program)
    rows = []
    for found in wanted_registrations(actor_of(request), now=now, wanted=wanted_of(request.GET), desk=desk):
        amount, due = found.expected_mrr, found.due_at
        late = hours.between(due, now).total_seconds() / 3600 if due and found.status == "submitted" else 0
        rows.append(
            (
                found.reference,
                safe_text(found.account.name if found.account else found.company),
                safe_text(found.holder.name),
                safe_text(found.holder.manager_email),
                safe_text(found.family.name),
                found.status,
                safe_text(mark_of(found)[0]),
                "" if amount is None else f"{amount.normalize():f}",
                found.currency,
                found.submitted_at.isoformat() if found.submitted_at else "",
                due.isoformat() if due else "",
                f"{late:.1f}",
            )
        )
    return download(_csv(QUEUE_COLUMNS, rows), kind=CSV, name="decisions.csv")


@console_page
def figures(request: HttpRequest) -> HttpResponse:
    """Show what was decided on time, how long it took, and what is late now."""
    now, program, actor = timezone.now(), program_of(request), actor_of(request)
    since = _since(program.day_of(now))
    late = late_by_manager(actor, now=now)
    sla_days = rules_in_force(now=now).decision_sla_business_days
    everybody = speed_by_manager(actor, since=since, program=program)
    values = {
        "months": decision_speed(actor, since=since, program=program),
        "managers": everybody[:-1],
        "total": everybody[-1],
        "late": list(late.items()),
        "late_count": sum(late.values()),
        "since": since,
        "allowed": sla_days,
    }
    return render(request, "deals/manage/figures.html", values)


@console_page
def figures_csv(request: HttpRequest) -> HttpResponse:
    """Return the same by month and person as CSV."""
    program = program_of(request)
    since = _since(program.day_of(timezone.now()))
    rows = [
        (
            row.month.strftime("%Y-%m") if row.month else "",
            safe_text(row.manager),
            row.decided,
            row.on_time,
            "" if row.share is None else f"{row.share * 100:.1f}",
            "" if row.median_hours is None else row.median_hours,
        )
        for row in decision_speed(actor_of(request), since=since, program=program)
    ]
    head = ("month", "decided_by", "decided", "on_time", "on_time_percent", "median_business_hours")
    return download(_csv(head, rows), kind=CSV, name="decision-speed.csv")


def _since(today: date) -> date:
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    file = StringIO()
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows(rows)
    return file.getvalue()
