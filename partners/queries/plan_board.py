"""The list of partners with what is to be done about their joint plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from partners.models import JointAction, Partner, PartnerStatus, PlanStatus, PlanVersion

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor

STATES = ("asked", "none", "draft", "proposed", "agreed")
"""What a channel manager sees to first, first: a partner who asked, one without a plan, a draft nobody has seen."""

_PLANNED = (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


def plan_board(*, actor: Actor, on: date, manager: str = "", state: str = "") -> QuerySet[Any, Any]:
    """Return partners of the program with ``plan_state``, ``agreed_at`` of the plan of the day and ``late`` actions.

    The state is that of plans that are not over on the day: what is open before what is in force.
    """
    versions = PlanVersion.objects.filter(plan__partner=OuterRef("pk"), plan__valid_until__gt=on)
    drafts = versions.filter(status=PlanStatus.DRAFT)
    agreed = versions.filter(status=PlanStatus.AGREED, plan__valid__contains=on)
    late = JointAction.objects.filter(partner=OuterRef("pk"), done_on=None, dropped_on=None, due_on__lt=on)
    rows: QuerySet[Any, Any] = Partner.objects.visible_to(actor).filter(status__in=_PLANNED)
    if manager:
        rows = rows.filter(manager_email__iexact=manager)
    rows = rows.annotate(
        plan_state=Case(
            When(Exists(drafts.exclude(asked="")), then=Value("asked")),
            When(Exists(versions.filter(status=PlanStatus.PROPOSED)), then=Value("proposed")),
            When(Exists(drafts), then=Value("draft")),
            When(Exists(agreed), then=Value("agreed")),
            default=Value("none"),
            output_field=CharField(),
        ),
        agreed_at=Subquery(agreed.values("agreed_at")[:1]),
        late=Coalesce(Subquery(late.order_by().values("partner").annotate(n=Count("pk")).values("n")), 0),
    )
    if state:
        rows = rows.filter(plan_state=state)
    order = Case(*(When(plan_state=code, then=Value(place)) for place, code in enumerate(STATES)), default=Value(9))
    found: QuerySet[Any, Any] = rows.annotate(place=order).order_by("place", "name", "pk")
    return found
