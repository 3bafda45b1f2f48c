"""Opens figures of MRR to the rows behind them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from deals.queries.rollups.behind import CREDITED, CUSTOMERS, MOVED, WHOLE, rows_behind
from prm.exchange import rates_on
from prm.metrics import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from prm.metrics import Scope

SUBSCRIPTION, CUSTOMER, PARTNER, CURRENCY = _("Subscription"), _("Customer"), _("Partner"), _("Currency")
SHARE = _("Share, %")


def _url(public_id: object) -> str:
    return reverse("deals_manage:customer", args=[public_id])


def _with_urls(columns: tuple[Any, ...], rows: list[tuple[Any, ...]], *, at: int) -> Rows:
    """Return rows without the customer's public id at position ``at``, which becomes their address."""
    return Rows(
        columns,
        tuple((*row[:at], *row[at + 1 :]) for row in rows),
        tuple(_url(row[at]) for row in rows),
    )


def credited(role: str, now: str, share: str, where: str = "") -> Callable[[Scope], Rows]:
    """Return the subscriptions credited in a role, with MRR and share of the day that the figure looks at."""
    columns = (SUBSCRIPTION, CUSTOMER, PARTNER, CURRENCY, _("MRR"), SHARE, _("Weighted MRR"))

    def rows(scope: Scope) -> Rows:
        return _with_urls(columns, rows_behind(scope, CREDITED, role=role, now=now, share=share, where=where), at=2)

    return rows


def moved(then: str, now: str, share: str, where: str) -> Callable[[Scope], Rows]:
    """Return the sourced subscriptions whose MRR moved between two days."""
    columns = (SUBSCRIPTION, CUSTOMER, PARTNER, CURRENCY, _("MRR then"), _("MRR now"), SHARE)

    def rows(scope: Scope) -> Rows:
        found = rows_behind(scope, MOVED, then=then, now=now, share=share, where=where)
        return _with_urls(columns, found, at=2)

    return rows


def _whole(scope: Scope, *, co_sell: bool) -> Rows:
    where = " AND p.co_seller IS NOT NULL" if co_sell else ""
    if co_sell and not scope.is_everyone:
        where += " AND p.co_seller = ANY(%(partners)s)"
    columns = (
        SUBSCRIPTION, CUSTOMER, PARTNER, CURRENCY, _("MRR a year before"), _("MRR a month before"), _("MRR"),
    )  # fmt: skip
    return _with_urls(columns, rows_behind(scope, WHOLE, where=where), at=2)


whole_of_co_sell = partial(_whole, co_sell=True)


def segments(scope: Scope) -> Rows:
    """Return the subscriptions that are cut into segments: all, or those that the partners of the scope source."""
    return _whole(scope, co_sell=False) if scope.is_everyone else credited("sourced", "mrr", "share")(scope)


def retained(scope: Scope) -> Rows:
    """Return the customers of a year before, in the program's currency: what they were worth then, and now."""
    base = rates_on(scope.as_of).base
    columns = (
        CUSTOMER,
        PARTNER,
        _("MRR 12 months before, %(currency)s") % {"currency": base},
        _("MRR now, %(currency)s") % {"currency": base},
    )
    return _with_urls(columns, rows_behind(scope, CUSTOMERS), at=1)
