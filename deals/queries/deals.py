"""A partner's deals as its people see them: lists, what needs them, the room that is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from deals.models import LIVE_STATUSES, Registration, RegistrationEvent, RegistrationStatus
from deals.queries.evidence import live_count, tiers_of
from deals.queries.history import stage_word
from deals.queries.rules import day_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from partners.models import Tier
    from prm.actors import Actor
    from prm.models import Program

ENDS_SOON = timedelta(days=14)
WARN_SHARE = 0.2
OPEN = ("draft", *LIVE_STATUSES)

SORTS = {
    "customer": ("company", "account__name", "pk"),
    "family": ("family__name", "company", "pk"),
    "stage": ("stage", "company", "pk"),
    "state": ("state_order", "protected__endswith", "due_at", "pk"),
    "expected": ("expected_mrr", "pk"),
    "until": ("ends", "due_at", "pk"),
    "submitted": ("submitted_at", "pk"),
    "partner": ("holder__name", "pk"),
}
"""What lists can be sorted by; the key stands in the address, ``-key`` turns it round."""

STATE_ORDER = ("approved", "returned", "submitted", "waiting", "draft", "won", "lost", "expired", "rejected")


@dataclass(frozen=True, slots=True)
class DealRow:
    """One registration as a list shows it at one moment. Days are whole ones, rounded up."""

    registration: Registration
    code: str
    days_left: int | None = None
    days_granted: int | None = None
    tone: str = "ok"

    @property
    def stage(self) -> str:
        """Return the sales stage as people read it."""
        return stage_word(self.registration.stage)

    @property
    def inside_word(self) -> str:
        """Return the state's word for our own people where the partner's speaks of “your”; empty: the same word."""
        return _("More information requested") if self.code == RegistrationStatus.RETURNED else ""

    @property
    def until(self) -> datetime | None:
        """Return the end of the protection, while it runs."""
        window = self.registration.protected
        return window.upper if window and self.days_left is not None else None


@dataclass(frozen=True, slots=True)
class Room:
    """How many open registrations a partner has, of how many its tier allows (``None``: no limit)."""

    used: int
    cap: int | None
    tier: Tier | None


def room_of(*, partner_id: int, now: datetime, program: Program) -> Room:
    """Return the partner's room for more registrations; one query where it holds a tier."""
    live = Registration.objects.live().filter(holder_id=partner_id).order_by().values("holder")
    tier = (
        tiers_of(partner_id=partner_id, day=day_of(now, program))
        .annotate(used=Coalesce(Subquery(live.annotate(count=Count("pk")).values("count")), 0))
        .first()
    )
    return Room(tier.used, tier.live_cap, tier) if tier else Room(live_count(partner_id=partner_id), None, None)


def deal_row(registration: Registration, *, now: datetime) -> DealRow:
    """Return ``registration`` as a list shows it: protection that ends soon has a look of its own."""
    window = registration.protected
    if registration.status != RegistrationStatus.APPROVED or not window or window.upper is None:
        return DealRow(registration, registration.status)
    left, granted = window.upper - now, window.upper - window.lower
    if left <= timedelta():
        return DealRow(registration, "expired", 0, _days(granted), "bad")
    soon = left <= ENDS_SOON or left / granted < WARN_SHARE
    code = "ends_soon" if soon else "approved"
    return DealRow(
        registration,
        # A bidder of a tender excludes nobody: to speak of protection would promise too much.
        code if registration.exclusive else "bidding",
        # By the calendar, as the countdown beside it counts: “6 days” until the 28th, on the 22nd.
        max((window.upper.date() - now.date()).days, 1),
        _days(granted),
        "warn" if left / granted < WARN_SHARE else "ok",
    )


def deals_of(
    actor: Actor, *, state: str = "open", family: str = "", sort: str = "state", words: str = ""
) -> QuerySet[Registration]:
    """Return what ``actor`` may see, filtered and sorted; unknown filters and sorts are the default ones."""
    deals = Registration.objects.visible_to(actor).select_related("family", "account", "protected_tier")
    if state in RegistrationStatus.values:
        deals = deals.filter(status=state)
    elif state != "all":
        deals = deals.filter(status__in=OPEN)
    if family:
        deals = deals.filter(family__code=family)
    if words:
        deals = deals.filter(Q(company__icontains=words) | Q(website__icontains=words) | _numbered(words))
    orders = [When(status=code, then=Value(place)) for place, code in enumerate(STATE_ORDER)]
    deals = deals.annotate(
        state_order=Case(*orders, default=Value(len(orders))),
        ends=Case(When(status="approved", then="protected__endswith")),
    )
    return deals.order_by(*_order(sort))


def registrations_for(
    actor: Actor, *, state: str = "open", family: str = "", sort: str = "-submitted", words: str = ""
) -> QuerySet[Registration]:
    """Return what our own people search through: partners' names and our records' names too, no drafts."""
    found = deals_of(actor, state=state, family=family, sort=sort).exclude(status=RegistrationStatus.DRAFT)
    if words:
        found = found.filter(
            Q(company__icontains=words)
            | Q(account__name__icontains=words)
            | Q(website__icontains=words)
            | Q(holder__name__icontains=words)
            | _numbered(words)
        )
    return found.select_related("family", "account", "protected_tier", "holder")


def deal_of(actor: Actor, public_id: UUID) -> Registration | None:
    """Return one registration that ``actor`` may see; ``was_extended`` says whether its protection was."""
    extended = RegistrationEvent.objects.filter(registration=OuterRef("pk"), kind="extended")
    return (
        Registration.objects.visible_to(actor)
        .filter(public_id=public_id)
        .annotate(was_extended=Exists(extended))
        .select_related("family", "account", "holder", "protected_tier", "submitted_by")
        .first()
    )


def _numbered(words: str) -> Q:
    digits = words.upper().removeprefix("R-").strip()
    return Q(number=int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 19 else Q(pk__in=[])  # noqa: PLR2004 - bigint


def _order(sort: str) -> list[str]:
    key = sort.removeprefix("-")
    fields = SORTS.get(key, SORTS["state"])
    turn = "-" if sort.startswith("-") else ""
    return [turn + fields[0], *fields[1:]]


def _days(left: timedelta) -> int:
    return -(-left // timedelta(days=1))
