"""Geometry of the charts: numbers in, positions out. Pure: no Django, no language, no clock.

Templates only print what stands here, so positions are strings (a template would localise floats). Time runs right to
left when ``rtl`` is set; the value axis then stands at the right. Bars start at zero; more than 24 bars or 120 points
are refused, because such a chart should be a table.
"""

from prm.ui.chart.bars import Month, bar_chart
from prm.ui.chart.frame import nice_step, spread, tick_values
from prm.ui.chart.lines import Series, line_chart
from prm.ui.chart.shapes import Axis, ChartError, Line, Link, Plot, Rect, Text, Tick
from prm.ui.chart.small import Fall, Interval, Spark, interval, spark, waterfall
from prm.ui.chart.steps import StepPoint, step_chart

__all__ = [
    "Axis",
    "ChartError",
    "Fall",
    "Interval",
    "Line",
    "Link",
    "Month",
    "Plot",
    "Rect",
    "Series",
    "Spark",
    "StepPoint",
    "Text",
    "Tick",
    "bar_chart",
    "interval",
    "line_chart",
    "nice_step",
    "spark",
    "spread",
    "step_chart",
    "tick_values",
    "waterfall",
]
