"""Registers the key figures of MRR, with their definitions in words (docs/rules/figures.md has them with examples)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from deals.kpis import customer_value, revenue, segments
from deals.kpis import revenue_rows as behind
from prm.metrics import Direction, Metric, Unit, over_days, register

if TYPE_CHECKING:
    from collections.abc import Iterator


REVENUE, RETENTION, VALUE = "revenue", "retention", "value"


def _read(figure: Any) -> dict[str, Any]:
    """Return how a figure that is a reading of a day's sums is asked: once, for many partners, as of many days."""
    return {
        "provider": revenue.provider(figure),
        "by_partner": revenue.for_many(figure),
        "series": revenue.over_days(figure),
    }


def register_metrics() -> None:
    """Add the figures to the register; called when the app is ready."""
    register(*_money(), *_growth(), *_retention(), *_movements(), *_value(), *_criteria())


def _money() -> Iterator[Metric]:
    yield Metric(
        code="channel_mrr",
        name=_("Channel MRR"),
        definition=_("MRR on the day that is credited to partners as sourced."),
        formula=_("Σ MRR × sourced share; its share = that ÷ all MRR"),
        unit=Unit.MONEY,
        direction=Direction.UP,
        group=REVENUE,
        position=10,
        rows=behind.credited("sourced", "mrr", "share"),
        **_read(revenue.channel_mrr),
    )
    yield Metric(
        code="channel_share",
        name=_("Channel share of MRR"),
        definition=_("Which part of all MRR on the day is credited to partners as sourced."),
        formula=_("Σ MRR × sourced share ÷ Σ MRR"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=REVENUE,
        position=11,
        rows=behind.credited("sourced", "mrr", "share"),
        internal=True,
        **_read(revenue.channel_share),
    )
    yield Metric(
        code="sourced_mrr",
        name=_("Sourced MRR"),
        definition=_("MRR on the day by sourced shares. A distributor's leaves out its sub-partners, shown beside it."),
        formula=_("Σ MRR × sourced share"),
        unit=Unit.MONEY,
        direction=Direction.UP,
        group=REVENUE,
        position=12,
        **over_days(revenue.sourced_mrr),
        rows=behind.credited("sourced", "mrr", "share"),
    )
    yield Metric(
        code="influenced_mrr",
        name=_("Influenced MRR"),
        definition=_(
            "Of several partners: MRR of subscriptions that they influence and nobody sources, whole ones, each once."
            " A partner's own: MRR by its influenced shares, sourced or not; sub-partners stand beside it."
        ),
        formula=_(
            "Σ MRR of influenced subscriptions without a sourced share; a partner's own Σ MRR × influenced share"
        ),
        unit=Unit.MONEY,
        direction=Direction.UP,
        group=REVENUE,
        position=13,
        **over_days(revenue.influenced_mrr),
        rows=behind.credited("influenced", "mrr", "share"),
    )


def _growth() -> Iterator[Metric]:
    yield Metric(
        code="co_sell_growth",
        name=_("Co-sell MRR growth"),
        definition=_("How MRR of subscriptions won with the origin co-sell grew month over month."),
        formula=_("(MRR − MRR a month before) ÷ MRR a month before; year over year beside it"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=REVENUE,
        position=14,
        rows=behind.whole_of_co_sell,
        **_read(revenue.co_sell_growth),
    )
    yield Metric(
        code="mrr_by_segment",
        name=_("MRR and ARR by segment"),
        definition=_(
            "All MRR (of chosen partners: what they source) by product family, customer segment, country, tier and"
            " origin, with growth month over month and year over year, and without the price index when one is loaded."
        ),
        formula=_(
            "ARR = 12 × MRR; growth = (now − then) ÷ then; real growth = now ÷ (index now ÷ index then) ÷ then − 1"
        ),
        unit=Unit.MONEY,
        direction=Direction.UP,
        group=REVENUE,
        position=20,
        **over_days(segments.mrr_by_segment),
        rows=behind.segments,
    )


def _retention() -> Iterator[Metric]:
    then = _(
        "Of the customers of 12 months before, by the sourced shares of that day and at the day's rates on both;"
        " a subscription begun since weighs as much as its customer did. Changing partner or plan is no churn."
    )
    yield Metric(
        code="nrr",
        name=_("NRR"),
        definition=then,
        formula=_("MRR now ÷ MRR 12 months before"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=RETENTION,
        position=10,
        rows=behind.retained,
        **_read(revenue.nrr),
    )
    yield Metric(
        code="grr",
        name=_("GRR"),
        definition=then,
        formula=_("Σ of each customer's lesser MRR, now or then ÷ MRR 12 months before"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=RETENTION,
        position=11,
        rows=behind.retained,
        **_read(revenue.grr),
    )
    terms = behind.moved("term_begin", "term_end", "term_begin", "")
    yield Metric(
        code="renewal_rate",
        name=_("Renewal rate"),
        definition=_(
            "Of the 12-month terms that ended in the last 12 months and began with MRR and a sourced share: those with"
            " MRR on the anniversary."
        ),
        formula=_("terms with MRR > 0 on the anniversary ÷ terms that ended in (day − 12 months, day]"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=RETENTION,
        position=20,
        rows=terms,
        **_read(revenue.renewal_rate),
    )
    yield Metric(
        code="upsell_share",
        name=_("Upsell share"),
        definition=_("By how much MRR of these terms had risen on the anniversary, as part of what it began with."),
        formula=_("Σ max(0, MRR on the anniversary − MRR at the beginning) × share ÷ Σ MRR at the beginning × share"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=RETENTION,
        position=21,
        rows=terms,
        **_read(revenue.upsell_share),
    )


def _movements() -> Iterator[Metric]:
    since = _("From the eve of the day's month to the day, net per subscription, by the eve's sourced shares.")
    figures = (
        ("mrr_churn", _("Churn"), _("MRR that fell to 0 ÷ opening MRR"), revenue.churn, "p.mrr = 0", Direction.DOWN),
        (
            "mrr_contraction",
            _("Contraction"),
            _("what others fell by ÷ opening MRR"),
            revenue.contraction,
            "p.mrr > 0 AND p.mrr < p.eve",
            Direction.DOWN,
        ),
        (
            "mrr_expansion",
            _("Expansion"),
            _("what others rose by ÷ opening MRR; what rose from 0 is new"),
            revenue.expansion,
            "p.mrr > p.eve",
            Direction.UP,
        ),
    )
    for position, (code, name, formula, figure, where, direction) in enumerate(figures, start=30):
        yield Metric(
            code=code,
            name=name,
            definition=since,
            formula=formula,
            unit=Unit.RATIO,
            direction=direction,
            group=RETENTION,
            position=position,
            rows=behind.moved("eve", "mrr", "eve", f" AND {where}"),
            **_read(figure),
        )


def _value() -> Iterator[Metric]:
    yield Metric(
        code="lifetime_value",
        name=_("Lifetime value"),
        definition=_("What a customer brings in its life, by today's mean MRR, margin and churn."),
        formula=_("mean MRR of a customer × gross margin ÷ monthly churn of 12 months"),
        unit=Unit.MONEY,
        direction=Direction.UP,
        group=VALUE,
        position=20,
        **over_days(customer_value.lifetime_value),
        rows=behind.credited("sourced", "mrr", "share"),
        internal=True,
    )
    new = behind.credited("sourced", "begun", "begun", " AND p.started_on > %(year_ago)s")
    yield Metric(
        code="customer_cost",
        name=_("Cost of a new customer"),
        definition=_("Commission and market development funds of 12 months per customer that was new in them."),
        formula=_("(commission + MDF) ÷ new customers"),
        unit=Unit.MONEY,
        direction=Direction.DOWN,
        group=VALUE,
        position=21,
        **over_days(customer_value.customer_cost),
        rows=new,
        internal=True,
    )
    yield Metric(
        code="channel_return",
        name=_("Return"),
        definition=_("What a year of the MRR gained in 12 months leaves for every unit that partners cost."),
        formula=_("12 × MRR gained × gross margin ÷ (commission + MDF)"),
        unit=Unit.RATIO,
        direction=Direction.UP,
        group=VALUE,
        position=22,
        **over_days(customer_value.channel_return),
        rows=new,
        internal=True,
    )


def _criteria() -> Iterator[Metric]:
    yield Metric(
        code="sourced_mrr_12m",
        name=_("New sourced MRR, 12 months"),
        definition=_("MRR that began in the 12 months up to the day, as it was on its first day, by sourced shares."),
        formula=_("Σ MRR on the first day × sourced share of that day, for starts in (day − 12 months, day]"),
        unit=Unit.MONEY,
        direction=Direction.UP,
        group=REVENUE,
        position=30,
        rows=behind.credited("sourced", "begun", "begun", " AND p.started_on > %(year_ago)s"),
        **_read(revenue.sourced_mrr_12m),
    )
    yield Metric(
        code="live_customers",
        name=_("Live customers"),
        definition=_("Customers with MRR on the day of which a part is credited as sourced."),
        formula=_("number of customers with MRR > 0 and a sourced share > 0"),
        unit=Unit.COUNT,
        direction=Direction.UP,
        group=REVENUE,
        position=31,
        rows=behind.credited("sourced", "mrr", "share"),
        **_read(revenue.live_customers),
    )
