"""Activity rate: which active partners did something that counts (partner rules, section 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Activity, PartnerStatus, StatusPeriod
from partners.queries.activity import qualifying_kinds
from partners.queries.selection import partners_of
from prm.calendar_days import instants_between, zone_kept
from prm.metrics import Direction, Metric, Part, Rows, Unit, over_days, register
from prm.metrics.at_once import counted, rows_of_each
from prm.metrics.values import count, not_defined, ratio
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from prm.metrics import Scope, Value

WINDOW_DAYS = 90
WIN_MONTHS = 12
WON = ("deal_won",)
NOBODY = gettext_lazy("No partner of this selection was active on that day.")


def activity_rate(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return active partners with a qualifying activity in the 90 days up to each day ÷ active partners. Three queries.

    They are the kinds that qualify, the zone of the days, and all the rest.
    """
    kinds = qualifying_kinds()
    counts = {"of": Count("pk"), "doing": Count("pk", filter=Q(did=True)), "winning": Count("pk", filter=Q(won=True))}
    with zone_kept():
        rows = rows_of_each([counted(_active(one, kinds), counts) for one in scope.on_each(days)])
    return [_value(*row) for (row,) in rows]


def activity_of_partners(scope: Scope, partner_ids: Sequence[int]) -> Mapping[int, Value]:
    """Return the same of each of many partners: 1 or 0, or not defined for those not active."""
    found = _active(scope, qualifying_kinds()).filter(partner__in=partner_ids).values_list("partner_id", "did", "won")
    known = {partner_id: _value(1, int(did), int(won)) for partner_id, did, won in found}
    return {pk: known.get(pk) or not_defined(NOBODY) for pk in partner_ids}


def active_partners(scope: Scope) -> Rows:
    """Return the active partners with their last qualifying activity and win up to the day, the stillest first."""
    until = instants_between(scope.as_of, scope.as_of)[0]
    latest = Activity.objects.filter(partner=OuterRef("partner"), occurred_at__lt=until).order_by("-occurred_at")
    kinds = qualifying_kinds()
    found = (
        _active(scope, kinds)
        .annotate(
            last=Subquery(latest.filter(kind__in=kinds).values("occurred_at")[:1]),
            last_won=Subquery(latest.filter(kind__in=WON).values("occurred_at")[:1]),
        )
        .order_by("did", F("last").asc(nulls_first=True), "partner__name", "pk")
        .values_list("partner__name", "partner__code", "partner__manager_email", "last", "did", "last_won")
    )
    rows = list(found)
    return Rows(
        columns=(
            _("Partner"),
            _("Channel manager"),
            _("Last qualifying activity"),
            _("Counts"),
            _("Last win"),
        ),
        rows=tuple((name, manager, last, did, won) for name, _code, manager, last, did, won in rows),
        urls=tuple(reverse("partners_manage:partner", args=[code]) for _name, code, *_rest in rows),
    )


def _active(scope: Scope, kinds: Sequence[str]) -> QuerySet[Any]:
    """Return a row for each partner active on the day: ``did`` something that counts in 90 days, ``won`` in a year."""
    day = scope.as_of
    since, until = instants_between(day - timedelta(days=WINDOW_DAYS), day)
    year_ago = instants_between(months_before(day, WIN_MONTHS), day)[0]
    of_partner = Activity.objects.filter(partner=OuterRef("partner"), occurred_at__lt=until)
    return StatusPeriod.objects.filter(
        status=PartnerStatus.ACTIVE, valid__contains=day, partner__in=partners_of(scope)
    ).annotate(
        did=Exists(of_partner.filter(kind__in=kinds, occurred_at__gte=since)),
        won=Exists(of_partner.filter(kind__in=WON, occurred_at__gte=year_ago)),
    )


def _value(of: int, active: int, won: int) -> Value:
    with_win = ratio(won, of, undefined=NOBODY, with_interval=True)
    parts = (
        Part("won_12m", gettext_lazy("With a win in 12 months"), with_win),
        count("active_partners", gettext_lazy("Active partners"), of),
    )
    return ratio(active, of, undefined=NOBODY, with_interval=True, parts=parts)


def register_metrics() -> None:
    """Add the figure to the register; called when the app is ready."""
    register(
        Metric(
            code="activity_rate",
            name=gettext_lazy("Activity rate"),
            definition=gettext_lazy(
                "The share of the partners active on the day that did at least one thing that counts in the 90 days up "
                "to it: a registration approved, a stage moved forward, a deal won, a lead accepted, a certification "
                "passed, a claim for market development funds filed, a business review held. Signing in, downloading "
                "and submitting do not count. Activities are those of the partner’s log."
            ),
            formula=gettext_lazy(
                "active partners with ≥ 1 qualifying activity in (day − 90 days, day] ÷ partners active on the day"
            ),
            unit=Unit.RATIO,
            direction=Direction.UP,
            group="partners",
            position=10,
            rows=active_partners,
            by_partner=activity_of_partners,
            **over_days(activity_rate),
        )
    )
