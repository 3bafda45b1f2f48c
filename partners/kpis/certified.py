"""Certified people of a partner: who belongs to it and holds at least one certification on the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from partners.models import Certification, Membership
from partners.queries.selection import partners_of
from prm.metrics import Direction, Metric, Rows, Scope, Unit, Value, over_days, register
from prm.metrics.at_once import counted, rows_of_each
from prm.metrics.values import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet


def certified_people(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return how many people of the partners hold a certification on each day; nobody counts twice. One query."""
    rows = rows_of_each(
        [
            counted(_seats(one.as_of).filter(partner__in=partners_of(one)), {"n": Count("user", distinct=True)})
            for one in scope.on_each(days)
        ]
    )
    return [plain(people, n=people) for ((people,),) in rows]


def certified_by_partner(scope: Scope, partner_ids: Sequence[int]) -> dict[int, Value]:
    """Return it for many partners. One query."""
    rows = _seats(scope.as_of).filter(partner__in=partner_ids).values_list("partner_id").annotate(n=Count("user"))
    counted = dict(rows.order_by())
    return {pk: plain(counted.get(pk, 0), n=counted.get(pk, 0)) for pk in partner_ids}


def certified_rows(scope: Scope) -> Rows:
    """Return each certification behind the figure, who holds it and until when. One query."""
    people = _seats(scope.as_of).filter(partner__in=partners_of(scope)).values("user_id")
    held = Certification.objects.filter(user__in=people, valid__contains=scope.as_of).select_related("user")
    rows = held.order_by("user__name", "certification")
    columns = (_("Person"), _("Certification"), _("From"), _("Until"))
    return Rows(columns, tuple((str(row.user), row.certification, row.valid_from, row.valid_until) for row in rows))


def _seats(on: date) -> QuerySet[Membership]:
    """Return the active memberships of people who hold a certification on a day."""
    certified = Certification.objects.filter(valid__contains=on).values("user_id")
    return Membership.objects.filter(is_active=True, user__is_active=True, user__in=certified)


def register_metrics() -> None:
    """Add the figure to the register; called when the app is ready."""
    register(
        Metric(
            "certified_people",
            _("Certified people"),
            _("People of the partner who hold at least one certification on the day."),
            _("Active people of the partner with a certification that has begun and not expired, each counted once."),
            Unit.COUNT,
            Direction.UP,
            "partners",
            rows=certified_rows,
            by_partner=certified_by_partner,
            position=45,
            **over_days(certified_people),
        )
    )
