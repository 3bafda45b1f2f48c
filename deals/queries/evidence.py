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
from deals.queries.letters import has_letter
from deals.queries.neighbours import MOST_ALIKE, circle_of, names_of, own_customers
from deals.queries.rules import day_of
from deals.queries.similar import most_alike, near_names
from deals.queries.tenders import tendered
from deals.queries.together import Read, ask
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
    today, account = day_of(now, program), question.account
    own_id, family_id = account.pk if account else NOBODY, question.family.pk
    country = (account.country if account else "") or question.country
    partner = partner_facts(partner_id=question.partner_id, today=today, but=question.registration_id)
    needs, circle = requirements_of(family_id=family_id), circle_of(own_id)
    tender = tendered(account_id=own_id, family_id=family_id)
    letter = has_letter(
        partner_id=question.partner_id,
        account_id=own_id,
        family_id=family_id,
        registration_id=question.registration_id,
    )
    near = _near(question, country=country, exclude=own_id)
    ask(partner, needs, circle, tender, letter, *near)
    alike = _alike(question, near, settings=settings)
    asked = Asked(
        partner_id=question.partner_id,
        family_id=family_id,
        now=now,
        today=today,
        timezone=program.timezone,
        registration_id=question.registration_id,
        place=question.place,
    )
    names = names_of([account_id for account_id, _score in alike])
    reads = claims_on([own_id, *(one.id for one in circle.found), *(one for one, _score in alike)], asked)
    ask(names, *reads.reads)
    claims = reads.claims()
    return Facts(
        partner=partner.found,
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
        requirements=needs.found,
        has_letter=letter.found,
        is_tendered=tender.found,
        claims=_with_named_relatives(claims[own_id], circle.found, claims),
        related=_related(circle.found, claims),
        lookalikes=_lookalikes(alike, names.found, claims),
        lookalike_floor=settings.lookalike_similarity,
    )


def _near(question: Question, *, country: str, exclude: int) -> list[Read[dict[int, str]]]:
    """Read customers of the same country whose names may be similar; none where the name or the country is unknown."""
    key = name_key(question.name)
    if question.own_alike_only:
        return [own_customers(partner_id=question.partner_id, key=key, country=country, exclude=exclude)]
    return near_names(name_key=key, country=country, exclude=exclude or None)


def _alike(
    question: Question, near: Sequence[Read[dict[int, str]]], *, settings: RuleSettings
) -> list[tuple[int, Decimal]]:
    """Return those whose names look alike, measured in one way whoever they are, the most alike first."""
    found = {account_id: key for read in near for account_id, key in read.found.items()}
    alike = most_alike(name_key(question.name), found, limit=MOST_ALIKE, threshold=float(settings.lookalike_similarity))
    return [(one.account_id, Decimal(str(one.score))) for one in alike]


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
