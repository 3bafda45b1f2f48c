"""What other settings would have decided: the rules asked again over the facts of each submission's own day.

The facts were kept when the submission was judged, so the answer is exact. One thing they cannot tell: customers
that are less alike than the version of that day looked for. Where other settings look for more, that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from deals.models import Registration, RegistrationEvaluation, RegistrationFinding
from deals.policy import Moment, Outcome, evaluate
from deals.policy.keeping import facts_from_json
from prm.errors import NotAllowedError
from prm.months import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from deals.policy import Decision, RuleSettings
    from prm.actors import Actor
    from prm.models import Program

MOST = 20_000
"""Submissions that a preview judges, the latest first."""

MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Shift:
    """One rule that finds something else: its severity before and after, "" where it does not fire."""

    code: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A submission that would have been decided differently, and which rules make the difference."""

    registration: Registration
    submitted_at: datetime
    before: Outcome
    after: Outcome
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a version would have done to the submissions of ``since`` to ``until`` (exclusive).

    ``unknown`` were submitted without kept facts; ``narrow`` were compared only with names that are more alike
    than these settings ask for, so a look-alike may be missing.
    """

    since: date
    until: date
    judged: int
    unknown: int
    narrow: int
    changed: tuple[Changed, ...]


def quarter_before(day: date) -> tuple[date, date]:
    """Return the first day of the calendar quarter before ``day``'s, and the first day after it."""
    begins = day.replace(month=day.month - (day.month - 1) % MONTHS_OF_A_QUARTER, day=1)
    return add_months(begins, -MONTHS_OF_A_QUARTER), begins


def preview(settings: RuleSettings, *, since: date, until: date, actor: Actor, program: Program) -> Preview:
    """Return which submissions of the days ``settings`` would have decided differently; nothing is written."""
    if not actor.is_internal:
        raise NotAllowedError
    begins, ends = _midnight(since, program), _midnight(until, program)
    judged = narrow = 0
    changed = []
    for evaluation in _submissions(begins, ends):
        facts = facts_from_json(evaluation.facts)
        decision = evaluate(facts, settings)
        after = decision.outcome(auto_approve=facts.partner.auto_approve, wait=evaluation.waits_by_choice)
        judged += 1
        narrow += not facts.domain_known and settings.lookalike_similarity < facts.lookalike_floor
        before = Outcome(evaluation.outcome)
        if before is not after:
            shifts = tuple(_shifts({f.code: f.severity for f in evaluation.findings.all()}, decision))
            changed.append(Changed(evaluation.registration, evaluation.evaluated_at, before, after, shifts))
    submitted = Registration.objects.filter(submitted_at__gte=begins, submitted_at__lt=ends)
    unknown = submitted.filter(evaluations__isnull=True).count()
    return Preview(since, until, judged, unknown, narrow, tuple(changed))


def rolling(day: date, days: int) -> tuple[date, date]:
    """Return the ``days`` up to and with ``day``, as first day and first day after."""
    return day - timedelta(days=days - 1), day + timedelta(days=1)


def _submissions(begins: datetime, ends: datetime) -> Iterator[RegistrationEvaluation]:
    found = RegistrationFinding.objects.order_by("pk").only("evaluation_id", "code", "severity")
    return (
        RegistrationEvaluation.objects.filter(moment=Moment.SUBMISSION, evaluated_at__gte=begins, evaluated_at__lt=ends)
        .select_related("registration__account", "registration__holder", "registration__family")
        .prefetch_related(Prefetch("findings", found))
        .order_by("-evaluated_at", "-pk")[:MOST]
        .iterator(chunk_size=2000)
    )


def _shifts(before: Mapping[str, str], decision: Decision) -> Iterator[Shift]:
    after = {finding.code: finding.severity.value for finding in decision.findings}
    for code in dict.fromkeys([*before, *after]):
        if before.get(code) != after.get(code):
            yield Shift(code, before.get(code, ""), after.get(code, ""))


def _midnight(day: date, program: Program) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(program.timezone))
