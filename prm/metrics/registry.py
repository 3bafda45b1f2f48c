"""The register of key figures, and the one door through which a figure is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from prm.errors import NotAllowedError
from prm.metrics.types import Rows
from prm.months import add_months
from prm.ui.states import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from prm.actors import Actor
    from prm.metrics.types import Curve, Metric, Scope, Value

Together = Callable[[], AbstractContextManager[None]]

_metrics: dict[str, Metric] = {}

GROUPS: Mapping[str, Words] = {
    "partners": _("Partners"),
    "deals": _("Deals"),
    "revenue": _("Recurring revenue"),
    "retention": _("Retention"),
    "value": _("Cost and return"),
}
"""Headings of the lists, in their order."""

MONTHS = 12
"""Months of a figure's chart."""


_together: dict[str, Together] = {}
"""How each app reads what several of its figures rest on once, by the app's name."""


def register_together(app: str, way: Together) -> None:
    """Add how an app reads once what several of its figures rest on; the same name replaces one."""
    _together[app] = way


@contextmanager
def together() -> Iterator[None]:
    """Read once what several figures rest on, whoever they are about, while a page or batch puts them together.

    Nothing is kept afterwards. Not around writes: what was read first holds until the end.
    """
    with ExitStack() as stack:
        for way in _together.values():
            stack.enter_context(way())
        yield


def register(*metrics: Metric) -> None:
    """Add figures; the same code replaces one, so that ``ready`` may run twice."""
    _metrics.update({metric.code: metric for metric in metrics})


def over_days(many: Callable[[Scope, Sequence[date]], Sequence[Value]]) -> dict[str, Any]:
    """Return how a figure is asked that is computed as of many days at once: of one day, it is the same with one."""

    def provider(scope: Scope) -> Value:
        return many(scope, [scope.as_of])[0]

    return {"provider": provider, "series": many}


def metric_of(code: str) -> Metric:
    """Return the figure of a code; raises ``KeyError`` for an unknown one."""
    return _metrics[code]


def all_metrics() -> list[Metric]:
    """Return every figure, by group and position."""
    order = list(GROUPS)
    return sorted(
        _metrics.values(),
        key=lambda one: (
            order.index(one.group) if one.group in order else len(order),
            one.group,
            one.position,
            one.code,
        ),
    )


def group_name(group: str) -> Words:
    """Return the heading of a group; one that nobody named reads as its code."""
    return GROUPS.get(group, group.replace("_", " ").capitalize())


def metrics_for(actor: Actor) -> list[Metric]:
    """Return the figures that somebody may ask for: internal people all, a partner those of partners."""
    return [metric for metric in all_metrics() if actor.is_internal or (actor.is_partner and not metric.internal)]


def evaluate(code: str, scope: Scope, actor: Actor) -> Value:
    """Return a figure; raises ``KeyError`` for an unknown code and ``NotAllowedError`` for what is not theirs."""
    return _told(_permitted(code, scope, actor).provider(scope), actor)


def rows_of(code: str, scope: Scope, actor: Actor) -> Rows:
    """Return the rows behind a figure, none where it has none to show; raises as ``evaluate`` does."""
    metric = _permitted(code, scope, actor)
    return metric.rows(scope) if metric.rows is not None else Rows((), ())


def curve_of(code: str, scope: Scope, actor: Actor) -> Curve | None:
    """Return the curve of a figure that has one; raises as ``evaluate`` does."""
    metric = _permitted(code, scope, actor)
    return metric.curve(scope) if metric.curve is not None else None


def series_of(code: str, scope: Scope, days: Sequence[date], actor: Actor) -> Sequence[Value]:
    """Return a figure as of each of ``days``; raises as ``evaluate`` does."""
    metric = _permitted(code, scope, actor)
    many = metric.series or (lambda scope, days: [metric.provider(one) for one in scope.on_each(days)])
    return [_told(value, actor) for value in many(scope, days)]


def by_partner(code: str, scope: Scope, partner_ids: Sequence[int], actor: Actor) -> Mapping[int, Value]:
    """Return a figure of each of many partners; raises as ``evaluate`` does, for all of them if for one."""
    metrics = [_permitted(code, replace(scope, partner_id=partner_id), actor) for partner_id in partner_ids]
    if metrics and (many := metrics[0].by_partner) is not None:
        return {pk: _told(value, actor) for pk, value in many(scope, partner_ids).items()}
    return {pk: evaluate(code, replace(scope, partner_id=pk), actor) for pk in partner_ids}


def months_up_to(as_of: date, count: int = MONTHS) -> list[date]:
    """Return the dates of a chart by month: the last days of the months before, and ``as_of`` itself for its own."""
    return [add_months(as_of, -back) - timedelta(days=1) for back in range(count - 2, -1, -1)] + [as_of]


def _told(value: Value, actor: Actor) -> Value:
    """Return a figure without the parts that are not this actor's to see."""
    if actor.is_internal or not any(part.internal for part in value.parts):
        return value
    return replace(value, parts=tuple(part for part in value.parts if not part.internal))


def _permitted(code: str, scope: Scope, actor: Actor) -> Metric:
    """Return the figure if ``actor`` may ask this: internal people anything, a partner its own figure alone."""
    metric = _metrics[code]
    if actor.is_internal:
        return metric
    own = actor.is_partner and scope.partner_id is not None and scope.partner_id == actor.partner_scope
    if not own or metric.internal:
        raise NotAllowedError
    return metric
