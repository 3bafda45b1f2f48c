"""Reads of onboarding: the facts by which steps complete themselves, one partner's checklist, those that stalled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from partners.models import (
    Certification,
    Membership,
    Onboarding,
    OnboardingStep,
    PaperState,
    Partner,
    PartnerSettings,
    PayoutMethod,
    TaxForm,
)
from partners.policy.onboarding import VENDOR, StepFacts, is_finished, is_stalled

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor

ENOUGH_PEOPLE = 2
STALLED, FILES, CLOSED = "stalled", "files", "closed"
"""What the list of onboardings can be narrowed to."""


def with_tax_form(ids: Collection[int], on: date) -> set[int]:
    """Return the partners with a verified tax form that has not run out."""
    rows = TaxForm.objects.filter(partner_id__in=ids, status="verified").exclude(expires_on__lt=on)
    return set(rows.values_list("partner_id", flat=True))


def with_payout_method(ids: Collection[int], on: date) -> set[int]:
    """Return the partners with a verified payout method in force."""
    rows = PayoutMethod.objects.filter(partner_id__in=ids, status="verified", valid__contains=on)
    return set(rows.values_list("partner_id", flat=True))


def with_profile(ids: Collection[int], _on: date) -> set[int]:
    """Return the partners whose country and website are known."""
    return set(Partner.objects.filter(pk__in=ids).exclude(country="").exclude(website="").values_list("pk", flat=True))


def with_people(ids: Collection[int], _on: date) -> set[int]:
    """Return the partners with at least two active people."""
    rows = _active_seats(ids).order_by().values("partner_id")
    return set(rows.annotate(n=Count("pk")).filter(n__gte=ENOUGH_PEOPLE).values_list("partner_id", flat=True))


def with_training(ids: Collection[int], on: date) -> set[int]:
    """Return the partners of whom an active person holds a certification."""
    holders = Certification.objects.filter(valid__contains=on).values("user_id")
    rows = _active_seats(ids).filter(user_id__in=holders)
    return set(rows.values_list("partner_id", flat=True))


def _active_seats(ids: Collection[int]) -> QuerySet[Membership]:
    return Membership.objects.filter(partner_id__in=ids, is_active=True, user__is_active=True)


@dataclass(frozen=True, slots=True)
class Progress:
    """A partner's onboarding with its steps, as of a day."""

    onboarding: Onboarding
    steps: tuple[OnboardingStep, ...]
    on: date
    stalled: bool

    @property
    def partner(self) -> Partner:
        """Return the partner."""
        return self.onboarding.partner

    @property
    def done(self) -> int:
        """Return how many required steps are done."""
        return sum(1 for step in self.steps if step.required and step.done_on)

    @property
    def required(self) -> int:
        """Return how many steps are required."""
        return sum(1 for step in self.steps if step.required)

    @property
    def next_step(self) -> OnboardingStep | None:
        """Return the open step that is due first; required ones stand before others, and what waits for us last."""
        open_steps = [step for step in self.steps if step.done_on is None]
        order = lambda step: (awaits_us(step), not step.required, step.due_on, step.position)  # noqa: E731 - one line says it
        return min(open_steps, key=order, default=None)

    @property
    def to_look_at(self) -> int:
        """Return of how many steps files wait to be looked at."""
        return sum(1 for step in self.steps if awaits_us(step))

    @property
    def last_moved_on(self) -> date:
        """Return the day on which something was finished last, else the first."""
        return max([self.onboarding.began_on, *(step.done_on for step in self.steps if step.done_on)])


def facts_of(steps: Collection[OnboardingStep]) -> list[StepFacts]:
    """Return what the policy looks at; a step whose files wait to be looked at is ours to move."""
    return [
        StepFacts(step.required, step.done_on, step.due_on, VENDOR if awaits_us(step) else step.side) for step in steps
    ]


def awaits_us(step: OnboardingStep) -> bool:
    """Whether files of an open step wait to be looked at. Papers are fetched before."""
    return step.asks_files and step.done_on is None and any(p.state == PaperState.WAITING for p in step.papers.all())


def progress_of(*, actor: Actor, partner_id: int, on: date, stalls: bool = True) -> Progress | None:
    """Return a partner's checklist, or nothing where it has none. Four queries, three without a word about stalling."""
    rows = Onboarding.objects.visible_to(actor).filter(partner_id=partner_id)
    row = rows.select_related("partner").prefetch_related("steps__papers").first()
    if row is None:
        return None
    return _progress(row, on=on, after=PartnerSettings.current().stalled_after_days if stalls else None)


def open_onboardings(*, actor: Actor, on: date, manager: str = "", which: str = "") -> list[Progress]:
    """Return the running onboardings, stalled ones first, then what waits longest. Four queries.

    ``which``: ``stalled`` ones alone, those with ``files`` to look at, or the ``closed`` ones instead.
    """
    rows = Onboarding.objects.visible_to(actor)
    rows = rows.filter(closed_at__isnull=False) if which == CLOSED else rows.running()
    if manager:
        rows = rows.filter(partner__manager_email__iexact=manager)
    after = PartnerSettings.current().stalled_after_days
    rows = rows.select_related("partner").prefetch_related("steps__papers")
    found = [_progress(row, on=on, after=after) for row in rows]
    if which == STALLED:
        found = [progress for progress in found if progress.stalled]
    if which == FILES:
        found = [progress for progress in found if progress.to_look_at]
    return sorted(found, key=lambda p: (not p.stalled, p.last_moved_on, p.partner.name))


def finished(steps: Collection[OnboardingStep]) -> bool:
    """Whether all required steps are done."""
    return is_finished(facts_of(steps))


def _progress(row: Onboarding, *, on: date, after: int | None) -> Progress:
    steps = tuple(row.steps.all())
    stalled = False
    if after is not None and row.ended_on is None and row.closed_at is None:
        stalled = is_stalled(facts_of(steps), began_on=row.began_on, today=on, after_days=after)
    return Progress(onboarding=row, steps=steps, on=on, stalled=stalled)
