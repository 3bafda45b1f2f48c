"""Gathers the facts that the rules of engagement judge.

The same statements are asked whatever the answer, so that the live verdict takes the same time for every
cause (deal rules, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from deals.identity import name_key
from deals.models import Account, Family, Registration
from deals.policy import Claims, Facts, Neighbour, RuleSettings
from deals.queries.asker import partner_facts, requirements_of
from deals.queries.claims import Asked, claims_on
from deals.queries.neighbours import MOST_ALIKE, circle_of, names_of, own_lookalikes
from deals.queries.rules import day_of
from deals.queries.similar import lookalikes_of
from partners.models import Tier
from prm.models import FxRate, Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from deals.queries.neighbours import Related

NOBODY = 0
"""Stands for “no such customer” in queries; no row has this id."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about what. ``registration_id`` and ``place`` leave a registration itself out.

    ``name`` is the customer's as typed; ``domain_known`` says that its domain led to a customer that we knew.
    ``own_alike_only``: before submission a partner is compared with its own customers alone.
    """

    partner_id: int
    family: Family
    account: Account | None
    name: str = ""
    country: str = ""
    is_identified: bool = True
    domain_known: bool = True
    doubt: str = ""
    expected_mrr: Decimal | None = None
    currency: str = ""
    asked_at: datetime | None = None
    has_letter: bool = False
    own_alike_only: bool = False
    registration_id: int = NOBODY
    place: int | None = None


def tiers_of(*, partner_id: int, day: date) -> QuerySet[Tier]:
    """Return the tier that a partner holds on ``day``, as a set of one or none."""
    return Tier.objects.filter(assignments__partner_id=partner_id, assignments__valid__contains=day)


def tier_of(*, partner_id: int, day: date) -> Tier | None:
    """Return the tier that a partner holds on ``day``."""
    return tiers_of(partner_id=partner_id, day=day).first()


def live_count(*, partner_id: int, but: int = NOBODY) -> int:
    """Return how many live registrations a partner holds, ``but`` one."""
    return Registration.objects.live().filter(holder_id=partner_id).exclude(pk=but).count()


def gather(question: Question, *, settings: RuleSettings, now: datetime, program: Program) -> Facts:
    """Return the facts about ``question`` at ``now``. The same statements, whatever is found."""
    today = day_of(now, program)
    account = question.account
    own_id = account.pk if account else NOBODY
    country = (account.country if account else "") or question.country
    circle = circle_of(own_id)
    alike = _alike(question, country=country, exclude=own_id, settings=settings)
    names = names_of([account_id for account_id, _score in alike])
    asked = Asked(
        partner_id=question.partner_id,
        family_id=question.family.pk,
        now=now,
        today=today,
        timezone=program.timezone,
        registration_id=question.registration_id,
        place=question.place,
    )
    claims = claims_on([own_id, *(near.id for near in circle), *names], asked)
    return Facts(
        partner=partner_facts(partner_id=question.partner_id, today=today, but=question.registration_id),
        asked_at=question.asked_at or now,
        now=now,
        country=country,
        segment=account.segment if account else "",
        family=question.family.name,
        is_identified=question.is_identified,
        domain_known=question.domain_known,
        is_certain=not question.doubt,
        doubt=question.doubt,
        expected_mrr=_in_base_currency(question, program, today),
        requirements=requirements_of(family_id=question.family.pk),
        has_letter=question.has_letter,
        claims=_with_named_relatives(claims[own_id], circle, claims),
        related=_related(circle, claims),
        lookalikes=_lookalikes(alike, names, claims),
        lookalike_floor=settings.lookalike_similarity,
    )


def _alike(question: Question, *, country: str, exclude: int, settings: RuleSettings) -> Sequence[tuple[int, Decimal]]:
    """Return customers of the same country with a similar name; none where the name or the country is unknown."""
    key, floor = name_key(question.name), settings.lookalike_similarity
    if question.own_alike_only:
        return own_lookalikes(partner_id=question.partner_id, key=key, country=country, exclude=exclude, floor=floor)
    found = lookalikes_of(
        name_key=key, country=country, limit=MOST_ALIKE, threshold=float(floor), exclude=exclude or None
    )
    return [(near.account_id, Decimal(str(near.score))) for near in found]


def _with_named_relatives(own: Claims, circle: Sequence[Related], claims: Mapping[int, Claims]) -> Claims:
    """Add the named-account entries of parent and children: they count as the account's own."""
    of_relatives = [
        replace(entry, relation=near.relation)
        for near in circle
        if near.relation != "sibling"
        for entry in claims[near.id].named
    ]
    return replace(own, named=(*own.named, *of_relatives))


def _related(circle: Sequence[Related], claims: Mapping[int, Claims]) -> tuple[Neighbour, ...]:
    """Return the relatives on which there is any claim; what a parent's or child's list says is told already."""
    found = [
        Neighbour(
            account=near.name,
            relation=near.relation,
            claims=claims[near.id] if near.relation == "sibling" else replace(claims[near.id], named=()),
        )
        for near in circle
    ]
    return tuple(near for near in found if near.claims != Claims())


def _lookalikes(
    alike: Sequence[tuple[int, Decimal]], names: Mapping[int, str], claims: Mapping[int, Claims]
) -> tuple[Neighbour, ...]:
    return tuple(
        Neighbour(account=names[account], relation="lookalike", similarity=score, claims=claims[account])
        for account, score in alike
        if claims[account] != Claims()
    )


def _in_base_currency(question: Question, program: Program, today: date) -> Decimal | None:
    """Return the expected MRR in the program's currency at the last closing rate; nothing without one."""
    if question.expected_mrr is None or question.currency in {"", program.base_currency}:
        return question.expected_mrr
    rates = {"EUR": Decimal(1)}
    for rate in FxRate.objects.filter(
        currency__in=(question.currency, program.base_currency), month__lte=today
    ).order_by("month"):
        rates[rate.currency] = rate.per_eur
    if not {question.currency, program.base_currency} <= rates.keys():
        return None
    return question.expected_mrr / rates[question.currency] * rates[program.base_currency]
