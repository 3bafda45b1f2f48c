"""Key figures: every one is defined once, by the app that owns its facts, and read by everybody from here.

::

    from prm import metrics
    metrics.register(metrics.Metric("activity_rate", _("Activity rate"), ..., provider=activity_rate))

Dashboards, tiers, pages, the endpoint, CSV files and the command ask ``evaluate(code, scope, actor)`` and nothing else.
"""

from prm.metrics.registry import (
    all_metrics,
    by_partner,
    curve_of,
    evaluate,
    group_name,
    metric_of,
    metrics_for,
    months_up_to,
    over_days,
    register,
    register_together,
    rows_of,
    series_of,
    together,
)
from prm.metrics.types import Curve, CurvePoint, Direction, Metric, Part, Rows, Scope, Unit, Value

__all__ = [
    "Curve",
    "CurvePoint",
    "Direction",
    "Metric",
    "Part",
    "Rows",
    "Scope",
    "Unit",
    "Value",
    "all_metrics",
    "by_partner",
    "curve_of",
    "evaluate",
    "group_name",
    "metric_of",
    "metrics_for",
    "months_up_to",
    "over_days",
    "register",
    "register_together",
    "rows_of",
    "series_of",
    "together",
]
