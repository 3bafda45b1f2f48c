"""The monthly evaluation: everybody, on facts that are frozen with it; once for a day, whoever asks how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner, Tier, TierEvaluation, TierRun, TierWarning
from partners.policy.tiers import (
    Decision,
    Figure,
    Move,
    Notice,
    Rung,
    Stretch,
    computed_on,
    decide,
    effective_day,
    is_review_day,
    overlaid,
)
from partners.queries.tiers import Place, evaluated_partners, figures_of, ladder, places_of, unknown_figures
from partners.services.activity import record_activity
from partners.services.tiers.placing import place, take_turns
from partners.services.tiers.telling import tell
from prm import audit
from prm.actors import RULE, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program
from prm.months import month_start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from prm.actors import Actor

ACTIVITIES = {
    Move.PROMOTED: "tier_promoted",
    Move.DEMOTED: "tier_demoted",
    Notice.GIVEN: "tier_warned",
    Notice.WITHDRAWN: "tier_warning_withdrawn",
}


@dataclass(frozen=True, slots=True)
class Line:
    """What an evaluation found about a partner."""

    partner_id: int
    partner: str
    held: str
    decision: Decision
    figures: Mapping[str, Figure]
    place: Place


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A run with its lines; ``is_new`` is False where it had been made before and nothing was done."""

    as_of: date
    effective_on: date
    is_review: bool
    is_new: bool
    lines: tuple[Line, ...] = ()


def evaluate_tiers(*, as_of: date, actor: Actor, now: datetime, dry_run: bool = False) -> Evaluated:
    """Evaluate every active and suspended partner on the facts of ``as_of``.

    A second time for the same day nothing happens. Nothing counts from a past day: it is the first of the month after
    ``as_of``, or after today where that is over. Raises ``NotAllowedError`` for anybody but administrators, and
    ``DomainError`` without tiers, for a figure that nobody knows, and for a day before one that was evaluated.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError
    program = Program.current()
    on = max(program.day_of(now), as_of)
    with transaction.atomic():
        take_turns()
        known = TierRun.objects.order_by("-as_of").first()
        if known is not None and known.as_of == as_of:
            return Evaluated(as_of, known.effective_on, known.is_review, is_new=False)
        if known is not None and known.as_of > as_of:
            later = {"day": f"{known.as_of:%Y-%m-%d}"}
            raise DomainError("evaluated_later", _("Tiers were evaluated for %(day)s, which is later.") % later)
        rungs = _known_ladder()
        effective = effective_day(as_of=as_of, on=on)
        is_review = is_review_day(effective, month=program.tier_review_month)
        lines = _decided(rungs, as_of=as_of, on=on, effective=effective, is_review=is_review)
        found = Evaluated(as_of, effective, is_review, is_new=True, lines=tuple(lines))
        if not dry_run:
            _carry_out(found, rungs, on=on, actor=actor, now=now)
    return found


def evaluate_due(*, now: datetime) -> Evaluated | None:
    """Evaluate the month that is over, where a tier asks for anything and it was not done. Safe to run twice."""
    as_of = month_start(Program.current().day_of(now)) - timedelta(days=1)
    rungs = ladder()
    if not any(rung.criteria for rung in rungs) or unknown_figures(rungs):
        return None
    if TierRun.objects.filter(as_of__gte=as_of).exists():
        return None
    return evaluate_tiers(as_of=as_of, actor=RULE, now=now)


def _known_ladder() -> tuple[Rung, ...]:
    rungs = ladder()
    if not rungs:
        raise DomainError("no_tiers", gettext_lazy("The program has no tiers."))
    if unknown := unknown_figures(rungs):
        sentence = _("No figure is called “%(name)s”: correct the criteria first.") % {"name": "”, “".join(unknown)}
        raise DomainError("unknown_figure", sentence)
    return rungs


def _decided(rungs: Sequence[Rung], *, as_of: date, on: date, effective: date, is_review: bool) -> list[Line]:
    partners = evaluated_partners()
    ids = [pk for pk, _code in partners]
    figures, places = figures_of(rungs, ids, as_of=as_of), places_of(ids, after=on)
    lines = []
    for pk, code in partners:
        standing = places[pk]
        held = computed_on(standing.rows, standing.overrides, effective)
        decision = decide(
            ladder=rungs,
            held=held,
            warning=standing.warning,
            figures=figures[pk],
            on=on,
            effective=effective,
            is_review=is_review,
        )
        lines.append(Line(pk, code, held or "", decision, figures[pk], standing))
    return lines


def _carry_out(found: Evaluated, rungs: Sequence[Rung], *, on: date, actor: Actor, now: datetime) -> None:
    run = TierRun.objects.create(
        as_of=found.as_of,
        evaluated_on=on,
        effective_on=found.effective_on,
        is_review=found.is_review,
        ladder=_ladder_json(rungs),
        created_at=now,
        actor=actor.label or actor.kind.value,
    )
    TierEvaluation.objects.bulk_create([_evaluation(run, line) for line in found.lines], batch_size=1000)
    tiers = {tier.code: tier for tier in Tier.objects.all()}
    moved = [line for line in found.lines if line.decision.move is not Move.KEPT or _is_news(line.decision.notice)]
    partners = Partner.objects.in_bulk([line.partner_id for line in moved])
    for line in moved:
        _write(line, run, partners[line.partner_id], tiers, actor=actor, now=now)
    data = {"as_of": str(run.as_of), "effective_on": str(run.effective_on), "partners": len(found.lines)}
    audit.record(action="tiers.evaluated", actor=actor, now=now, target=run, data=data)


def _is_news(notice: Notice) -> bool:
    return notice in {Notice.GIVEN, Notice.WITHDRAWN, Notice.CARRIED_OUT}


def _write(
    line: Line, run: TierRun, partner: Partner, tiers: Mapping[str, Tier], *, actor: Actor, now: datetime
) -> None:
    """Write a move and what became of the warning, tell the partner's people, and leave a trail."""
    decision, start = line.decision, run.effective_on
    if decision.move is not Move.KEPT:
        held = overlaid([Stretch(decision.tier, start, None)], line.place.overrides, start)
        place(partner_id=partner.pk, start=start, held=held)
    stands = TierWarning.objects.filter(partner=partner, withdrawn_on=None, carried_out_on=None)
    if decision.notice is Notice.CARRIED_OUT:
        stands.update(carried_out_on=start)
    elif decision.notice in {Notice.WITHDRAWN, Notice.GIVEN}:
        stands.update(withdrawn_on=run.evaluated_on)
    if decision.notice is Notice.GIVEN and decision.warning is not None:
        tier = tiers[decision.warning.tier]
        TierWarning.objects.create(partner=partner, tier=tier, warned_on=decision.warning.on, run=run)
    happened = decision.move if decision.move is not Move.KEPT else decision.notice
    named = tiers.get((decision.tier or "") if happened in {Move.PROMOTED, Move.DEMOTED} else line.held)
    name = named.name if named is not None else ""
    record_activity(partner_id=partner.pk, kind=ACTIVITIES[happened], at=now, object_name=name)
    audit.record(action=f"tier.{happened}", actor=actor, now=now, target=partner, data={"tier": name, "run": str(run)})
    tell(partner, happened=happened, tier=name, checks=decision.checks, run=run, now=now)


def _evaluation(run: TierRun, line: Line) -> TierEvaluation:
    return TierEvaluation(
        run=run,
        partner_id=line.partner_id,
        held=line.held,
        tier=line.decision.tier or "",
        move=line.decision.move,
        notice=line.decision.notice,
        figures={
            code: {"value": None if figure.value is None else str(figure.value), "n": figure.n, "why": figure.why}
            for code, figure in line.figures.items()
        },
    )


def _ladder_json(rungs: Sequence[Rung]) -> list[dict[str, Any]]:
    return [
        {
            "tier": rung.code,
            "rank": rung.rank,
            "criteria": {criterion.figure: str(criterion.at_least) for criterion in rung.criteria},
        }
        for rung in rungs
    ]
