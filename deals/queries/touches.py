"""Who touched a customer when, over all partners and direct sales: one timeline, in one query."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Case, CharField, DateTimeField, F, Q, TextField, UUIDField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.models import AvailabilityCheck, Opportunity, RegistrationEvent, Subscription
from deals.queries.history import MOST, Line, event_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from deals.models import Account, Family


class _Touch(NamedTuple):
    """One row of any of the lists; what a word means depends on ``source``."""

    source: str
    at: datetime
    who: str
    partner: str
    what: str
    detail: str
    reason: str
    number: str
    public_id: UUID | None


def full_history(account: Account, family: Family) -> list[Line]:
    """Return who touched this customer and family when, the latest first; for our own people only.

    Registrations and their decisions, availability checks, opportunities of direct sales, subscriptions.
    """
    lists = (_checks(account, family), _opportunities(account, family), _subscriptions(account))
    touches = _events(account, family).union(*lists, all=True).order_by("-t_at")[:MOST]
    return [_line(_Touch(*row)) for row in touches]


def _events(account: Account, family: Family) -> QuerySet[Any, Any]:
    events = RegistrationEvent.objects.filter(registration__account=account, registration__family=family)
    partner = Case(When(by_partner=True, then=F("registration__holder__name")), default=Value(""))
    return _list(
        events.order_by("-at", "-pk"),
        source="event",
        at=F("at"),
        who=F("actor"),
        partner=partner,
        what=F("kind"),
        detail=Coalesce(KeyTextTransform("to_stage", "data"), Value("")),
        reason=F("reason"),
        number=Cast("registration__number", TextField()),
        public_id=F("registration__public_id"),
    )


def _checks(account: Account, family: Family) -> QuerySet[Any, Any]:
    checks = AvailabilityCheck.objects.filter(domain__in=account.domains.values("domain"), family=family)
    return _list(
        checks.order_by("-checked_at"), source="check", at=F("checked_at"), who=F("partner__name"), detail=F("domain")
    )


def _opportunities(account: Account, family: Family) -> QuerySet[Any, Any]:
    opened = Opportunity.objects.filter(Q(family=family) | Q(family=None), account=account)
    seller = Coalesce(NullIf("seller_name", Value("")), "owner_email")
    return _list(
        opened.order_by("-opened_at"),
        source="opportunity",
        at=F("opened_at"),
        who=seller,
        what=Case(When(closed_at=None, then=Value("open")), default=Value("closed")),
        detail=F("external_id"),
        reason=F("stage"),
    )


def _subscriptions(account: Account) -> QuerySet[Any, Any]:
    sold = Subscription.objects.filter(account=account)
    return _list(
        sold.order_by("-started_on"),
        source="subscription",
        at=Cast("started_on", DateTimeField()),
        who=F("product__name"),
        detail=F("external_id"),
    )


def _list(
    rows: QuerySet[Any], *, source: str, at: Any, who: Any, public_id: Any = None, **words: Any
) -> QuerySet[Any, Any]:
    """Return at most ``MOST`` rows in the columns of ``_Touch``; words that a list has not are empty."""
    given = {"who": who, **dict.fromkeys(("partner", "what", "detail", "reason", "number"), Value("")), **words}
    columns: dict[str, Any] = {f"t_{name}": Cast(word, TextField()) for name, word in given.items()}
    columns["t_source"] = Value(source, CharField())
    columns["t_at"] = at
    columns["t_public_id"] = public_id or Cast(Value(None), UUIDField())
    listed: QuerySet[Any, Any] = rows.annotate(**columns).values_list(*(f"t_{name}" for name in _Touch._fields))
    return listed[:MOST]


def _line(touch: _Touch) -> Line:
    if touch.source == "check":
        return Line(touch.at, touch.who, _("checked %(domain)s.") % {"domain": touch.detail})
    if touch.source == "opportunity":
        stage = f", {touch.reason}" if touch.reason else ""
        words = {
            "open": _("opened %(number)s in the CRM%(stage)s."),
            "closed": _("opened %(number)s in the CRM%(stage)s; it is closed."),
        }
        return Line(
            touch.at, touch.who or _("Direct sales"), words[touch.what] % {"number": touch.detail, "stage": stage}
        )
    if touch.source == "subscription":
        return Line(touch.at, touch.who, _("began as a subscription (%(number)s).") % {"number": touch.detail})
    actor = _("By rule:") if touch.who == "rule" else touch.who
    return Line(
        touch.at,
        f"{actor}, {touch.partner}" if touch.partner else actor,
        event_text(touch.what, touch.detail),
        touch.reason,
        href=reverse("deals_manage:registration", args=[touch.public_id]),
        link=f"R-{touch.number}",
    )
