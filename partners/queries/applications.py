"""Reads of applications: what the public form asks, the review queue, one application with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, F

from partners.models import Application, ApplicationReason, ApplicationStatus, Partner, ScreeningQuestion
from partners.policy.applications import OPEN, WAITING_FOR_US, ScorePart
from prm.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from prm.actors import Actor

MINE, NOBODYS, EVERYBODY = "mine", "none", "all"
ORDERS = {
    "due": F("due_at"),
    "age": F("confirmed_at"),
    "company": F("company"),
    "score": F("score"),
    "manager": F("manager_email"),
}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue is asked for; without a status it lists those that are open."""

    words: str = ""
    status: str = ""
    type: str = ""
    country: str = ""
    manager: str = EVERYBODY
    sort: str = "due"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> QueueFilter:
        """Read the filter of an address."""
        return cls(
            words=asked.get("q", "").strip(),
            status=asked.get("status", ""),
            type=asked.get("type", ""),
            country=asked.get("country", ""),
            manager=asked.get("manager", EVERYBODY),
            sort=asked.get("sort", "due"),
        )

    @property
    def narrows(self) -> bool:
        """Whether anything is chosen."""
        return any((self.words, self.status, self.type, self.country, self.manager != EVERYBODY))


def questions_on(day: date) -> QuerySet[ScreeningQuestion]:
    """Return the questions of a day with their answers. Two queries."""
    return ScreeningQuestion.objects.filter(valid__contains=day).prefetch_related("choices")


def applications_in(*, actor: Actor, choice: QueueFilter, email: str) -> QuerySet[Application]:
    """Return the applications of a filter, what is due first in front. One query."""
    rows = Application.objects.visible_to(actor).annotate(also=Count("joined"))
    if choice.status in ApplicationStatus.values:
        rows = rows.filter(status=choice.status)
    elif choice.status != EVERYBODY:
        rows = rows.filter(status__in=OPEN)
    if choice.words:
        rows = rows.filter(company__icontains=choice.words) | rows.filter(domain__icontains=choice.words)
    for field in ("type", "country"):
        if value := getattr(choice, field):
            rows = rows.filter(**{field: value})
    if choice.manager == MINE:
        rows = rows.filter(manager_email__iexact=email)
    elif choice.manager == NOBODYS:
        rows = rows.filter(manager_email="")
    elif choice.manager != EVERYBODY:
        rows = rows.filter(manager_email=choice.manager)
    column = ORDERS.get(choice.sort.removeprefix("-"), F("due_at"))
    order = column.desc(nulls_last=True) if choice.sort.startswith("-") else column.asc(nulls_last=True)
    return rows.order_by(order, "pk")


def waiting_count(*, actor: Actor) -> int:
    """Return how many applications wait for the vendor."""
    return Application.objects.visible_to(actor).filter(status__in=WAITING_FOR_US).count()


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One application with its score's parts, its history, those joined to it, and partners of the same domain."""

    it: Application
    parts: list[ScorePart]
    joined: list[Application]
    partners: list[Partner]
    earlier: list[Application]
    reasons: list[ApplicationReason]


def application_page(*, actor: Actor, public_id: UUID) -> ApplicationPage | None:
    """Return the page of an application, or nothing where ``actor`` sees none. Six queries."""
    rows = Application.objects.visible_to(actor)
    it = rows.select_related("joined_to", "partner").prefetch_related("notes").filter(public_id=public_id).first()
    if it is None:
        return None
    same = rows.filter(domain=it.domain).exclude(pk=it.pk) if it.domain else rows.none()
    known = Partner.objects.visible_to(actor).filter(website__icontains=it.domain) if it.domain else None
    return ApplicationPage(
        it=it,
        parts=[ScorePart(**part) for part in it.parts],
        joined=list(rows.filter(joined_to=it).order_by("confirmed_at")),
        partners=list(known.exclude(applications=it)[:5]) if known is not None else [],
        earlier=list(same.filter(status=ApplicationStatus.REJECTED).order_by("-decided_at")[:5]),
        reasons=list(ApplicationReason.objects.filter(is_active=True)),
    )


def channel_managers() -> list[User]:
    """Return whom an application can be given to, by name."""
    return list(User.objects.filter(is_active=True, roles__contains=["channel_manager"]).order_by("name", "email"))


def overdue(application: Application, *, now: datetime) -> bool:
    """Whether the decision is late."""
    return application.due_at is not None and application.due_at < now
