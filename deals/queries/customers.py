"""Customers as the console reads them: the list with its search, one customer's page, pairs to decide, merges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from deals.identity import name_key, searched, understood
from deals.models import (
    LIVE_STATUSES,
    Account,
    AccountCandidate,
    AccountDomain,
    AccountMerge,
    Registration,
    RegistrationEvent,
    Subscription,
)
from deals.policy.merging import UNDO_DAYS
from deals.queries.history import Line
from prm.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prm.actors import Actor

SORTS = {"name": "name", "country": "country", "changed": "updated_at"}
MOST = 30
"""Lines of a timeline and rows of a part of the page; who wants more opens the lists."""

NAMED_LIKE = "SELECT account_id FROM deals_accountname WHERE words LIKE ALL(%s)"


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What the list was asked for."""

    words: str = ""
    country: str = ""
    kind: str = ""
    sort: str = "name"

    @classmethod
    def of(cls, given: dict[str, str]) -> CustomerFilter:
        """Read the filter from an address; what it does not know it leaves out."""
        sort = given.get("sort", "")
        return cls(
            words=given.get("q", "").strip()[:200],
            country=given.get("country", "").upper()[:2],
            kind=kind if (kind := given.get("kind", "")) in {"prospect", "known", "merged"} else "",
            sort=sort if sort.removeprefix("-") in SORTS else "name",
        )

    @property
    def narrows(self) -> bool:
        """Whether it leaves anybody out."""
        return bool(self.words or self.country or self.kind)


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Everything that the page of one customer shows."""

    account: Account
    domains: Sequence[AccountDomain]
    registrations: Sequence[Registration]
    subscriptions: Sequence[Subscription]
    relatives: Sequence[tuple[str, Account]]
    also: Sequence[Account]
    candidates: Sequence[AccountCandidate]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two customers that are compared."""

    account: Account
    domains: Sequence[str]
    registrations: Sequence[Registration]
    subscriptions: Sequence[Subscription]


def customers_in(actor: Actor, choice: CustomerFilter) -> QuerySet[Any]:
    """Return the customers of a filter, with what a line of the list shows."""
    live = Q(registrations__status__in=LIVE_STATUSES)
    found: QuerySet[Any] = (
        Account.objects.visible_to(actor)
        .filter(merged_into__isnull=choice.kind != "merged")
        .select_related("merged_into")
        .annotate(
            open_count=Count("registrations", filter=live, distinct=True),
            pays=Exists(Subscription.objects.filter(account=OuterRef("pk"))),
        )
        .prefetch_related(Prefetch("domains", AccountDomain.objects.order_by("domain")))
    )
    if choice.words:
        found = found.filter(_meant_by(choice.words))
    if choice.country:
        found = found.filter(country=choice.country)
    if choice.kind in {"prospect", "known"}:
        found = found.filter(is_prospect=choice.kind == "prospect")
    column = F(SORTS[choice.sort.removeprefix("-")])
    return found.order_by(column.desc() if choice.sort.startswith("-") else column.asc(), "pk")


def _meant_by(words: str) -> Q:
    """Find by external id, by domain, or by the company's own words, in whatever script they are typed."""
    wanted = Q(external_id=words)
    typed = understood(words)
    if typed.host:
        return wanted | Q(domains__domain__in=[typed.host, typed.domain])
    for reading in searched(name_key(words)):
        patterns = [f"%{word}%" for word in reading.words.split()]
        wanted |= Q(pk__in=RawSQL(NAMED_LIKE, [patterns]))  # noqa: S611 - a statement of ours; the words are its parameters
    return wanted


def countries_of_customers() -> list[str]:
    """Return the countries in which there are customers."""
    found = Account.objects.current().exclude(country="").order_by("country").values_list("country", flat=True)
    return list(found.distinct())


def customer_of(actor: Actor, public_id: Any) -> CustomerPage | None:
    """Return one customer with everything about it; nothing where there is no such."""
    account = (
        Account.objects.visible_to(actor).filter(public_id=public_id).select_related("parent", "merged_into").first()
    )
    if account is None:
        return None
    near = list(Account.objects.filter(Q(parent=account) | Q(merged_into=account)).order_by("name", "pk")[: 2 * MOST])
    registrations = account.registrations.select_related("holder", "family").order_by("-submitted_at", "-pk")
    subscriptions = account.subscriptions.select_related("product__family").order_by("-started_on", "pk")
    return CustomerPage(
        account=account,
        domains=list(account.domains.order_by("domain")),
        registrations=list(registrations[:MOST]),
        subscriptions=list(subscriptions[:MOST]),
        relatives=_relatives(account, near),
        also=[row for row in near if row.merged_into_id == account.pk],
        candidates=list(pairs(decided=False).filter(Q(account=account) | Q(other=account))[:MOST]),
    )


def _relatives(account: Account, near: Sequence[Account]) -> list[tuple[str, Account]]:
    above = [(_("Above it"), account.parent)] if account.parent else []
    below = [(_("Below it"), row) for row in near if row.parent_id == account.pk and row.merged_into_id is None]
    return [*above, *below]


def sides_of(pair: AccountCandidate) -> tuple[Side, Side]:
    """Return both customers of a pair with what a person compares; the same few queries for any two."""
    both = [pair.account_id, pair.other_id]
    rows = Account.objects.filter(pk__in=both).select_related("parent").prefetch_related("domains")
    claims = Registration.objects.filter(account__in=both).select_related("holder").order_by("-submitted_at", "-pk")
    sold = Subscription.objects.filter(account__in=both).select_related("product__family").order_by("-started_on", "pk")
    registrations, subscriptions = list(claims[:MOST]), list(sold[:MOST])
    found = {
        row.pk: Side(
            account=row,
            domains=sorted(held.domain for held in row.domains.all()),
            registrations=[claim for claim in registrations if claim.account_id == row.pk],
            subscriptions=[one for one in subscriptions if one.account_id == row.pk],
        )
        for row in rows
    }
    return found[pair.account_id], found[pair.other_id]


def timeline_of(account: Account) -> list[Line]:
    """Return what happened to a customer: acts on its record, and steps of its registrations."""
    acts = AuditEvent.objects.filter(object_type="deals.account", object_id=account.pk).order_by("-at", "-pk")[:MOST]
    lines = [Line(event.at, event.actor, _act_words().get(event.action, event.action), event.reason) for event in acts]
    steps = (
        RegistrationEvent.objects.filter(registration__account=account)
        .select_related("registration__holder")
        .order_by("-at", "-pk")[:MOST]
    )
    for step in steps:
        who = f"{step.actor}, {step.registration.holder.name}" if step.by_partner else step.actor
        text = _("%(reference)s: %(what)s.") % {
            "reference": step.registration.reference,
            "what": step.kind.replace("_", " "),
        }
        lines.append(Line(step.at, who, text, step.reason))
    return sorted(lines, key=lambda line: line.at, reverse=True)[:MOST]


def _act_words() -> dict[str, str]:
    return {
        "account.created": _("wrote the record."),
        "account.updated": _("changed the record."),
        "account.prospect_created": _("registered a customer that nobody knew."),
        "account.domain_added": _("brought another domain."),
        "account.merged": _("merged another record into it."),
        "account.merge_undone": _("took a merge back."),
    }


def pairs(*, decided: bool) -> QuerySet[AccountCandidate]:
    """Return pairs of customers that may be one: those that wait, the surest first; or decided ones, the last first."""
    found = AccountCandidate.objects.select_related("account", "other").filter(
        account__merged_into__isnull=True, other__merged_into__isnull=True
    )
    if decided:
        return found.exclude(decision="").order_by("-decided_at", "-pk")
    return found.filter(decision="").order_by("-score", "pk")


def merges_to_read() -> QuerySet[AccountMerge]:
    """Return merges, the last first."""
    return AccountMerge.objects.select_related("survivor", "merged").order_by("-merged_at", "-pk")


def undoable_until(merge: AccountMerge) -> datetime:
    """Return until when a merge can be undone."""
    return merge.merged_at + timedelta(days=UNDO_DAYS)
