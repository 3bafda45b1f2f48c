"""Charts: the geometry of ``prm.ui.chart`` inside a ``<figure>`` that states its finding and carries its table."""

from collections.abc import Sequence

from prm.ui.chart import Fall, Interval, Plot, Spark
from prm.ui.tags.library import register


@register.inclusion_tag("components/chart.html")
def chart(
    plot: Plot,
    *,
    id: str,  # noqa: A002
    title: str,
    finding: str,
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    csv: str = "",
    quiet: bool = False,
) -> dict[str, object]:
    """Return a bar or line chart under the sentence that states its finding.

    ``title`` names it for screen readers; ``columns`` and ``rows`` (words, already written for this language) make its
    table, ``csv`` links the file. ``quiet`` hides the switch where a heading links to ``#ID-table``.
    """
    table = {"columns": columns, "rows": rows, "csv": csv, "quiet": quiet}
    return {"plot": plot, "id": id, "title": title, "finding": finding, **table}


@register.inclusion_tag("components/spark.html")
def spark(line: Spark, label: str) -> dict[str, object]:
    """Return a small line; ``label`` says in words what it shows."""
    return {"line": line, "label": label}


@register.inclusion_tag("components/interval.html")
def interval(span: Interval, label: str) -> dict[str, object]:
    """Return a value with its interval, drawn; ``label`` says the same in words."""
    return {"span": span, "label": label}


@register.inclusion_tag("components/waterfall.html")
def waterfall_bar(fall: Fall) -> dict[str, object]:
    """Return the bar of one row, decoration beside the printed change."""
    return {"fall": fall}
