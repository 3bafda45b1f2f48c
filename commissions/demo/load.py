"""Loads the demonstration program: one transaction, so that it is there whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from commissions.demo.channel import tell
from commissions.demo.desk import Desk
from commissions.demo.disputes import ask
from commissions.demo.facts import Ledger, write_customers
from commissions.demo.history import History
from commissions.demo.ladder import place_partners, review
from commissions.demo.names import NameBook
from commissions.demo.partners import ADMIN, FINANCE, MANAGER, SECOND_FINANCE, SIGNED_IN
from commissions.demo.payees import write_payees
from commissions.demo.payouts import adjust, pay
from commissions.demo.people import Cast, write_colleagues, write_partners
from commissions.demo.planning import plan_ahead
from commissions.demo.program import write_program
from commissions.demo.recruiting import recruit, write_agreements
from commissions.demo.sales import draw_book
from commissions.demo.satisfaction import ask_partners
from commissions.demo.stories import told_sales
from commissions.demo.timeline import MONTHS, Timeline, at
from commissions.models import Run
from commissions.services.runs import approve_run, calculate_run
from deals.models import Account
from partners.models import Membership, Partner
from prm.errors import DomainError
from prm.models import OutboxMessage

SEED = 20_250_901
PAYEE_SEED = 20_250_902
"""Accounts are drawn apart, so that customers and deals stay as they are."""

TABLES = (
    "deals_account, deals_subscription, deals_mrrchange, deals_credit, deals_registration, partners_partner,"
    " partners_tierassignment, partners_parentassignment, commissions_changedfact, commissions_planassignment,"
    " commissions_rule"
)
"""What a run reads: it plans badly on tables of which the database thinks that they are empty."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who may sign in, from this machine alone."""

    email: str
    password: str
    role: str


def refuse_unless_empty() -> None:
    """Raise ``DomainError`` where a program is under way: invented figures must not mix with real ones.

    People alone make no program: an administrator may have been made before.
    """
    if any(model.objects.exists() for model in (Partner, Account, Run)):
        raise DomainError(
            "not_empty",
            _("This program has partners, customers or runs. The demonstration is for an empty one."),
        )


def load(
    *,
    today: date,
    seed: int = SEED,
    on_step: Callable[[str], None] = lambda _: None,
    note_down: Callable[[list[SignIn]], None] = lambda _: None,
) -> list[SignIn]:
    """Write the demonstration as it is on ``today``; the same seed and day give the same data.

    Passwords are the exception: they are drawn for this installation, stored hashed, and returned once.
    ``note_down`` is told of them before anything is committed, so that no program stands with unknown ones.
    Raises ``DomainError`` on a program that is not empty.
    """
    timeline = Timeline(today)
    with translation.override("en"), transaction.atomic():
        refuse_unless_empty()
        last = _load_history(timeline, Random(seed), on_step)  # noqa: S311 - invented companies, no secret
        on_step("sign-ins")
        sign_ins = _give_passwords(last)
        note_down(sign_ins)
        # Nobody is told of what never happened.
        OutboxMessage.objects.update(sent_at=timeline.now)
    _calculate_last_month(timeline, last)
    return sign_ins


def _load_history(timeline: Timeline, random: Random, on_step: Callable[[str], None]) -> Cast:
    on_step("program and partners")
    colleagues = write_colleagues()
    write_program(timeline, admin=colleagues[ADMIN])
    cast = write_partners(timeline, random, colleagues)
    write_payees(timeline, Random(PAYEE_SEED), cast)  # noqa: S311 - invented accounts, no secret
    write_agreements(timeline, cast)
    on_step("customers")
    told = told_sales(timeline)
    names = NameBook(random, taken={sale.customer.website for sale in told})
    book = draw_book(timeline, random, names, told)
    accounts = write_customers(book)
    ledger = Ledger(timeline, book, accounts, cast.partners)
    won = History(timeline, random, cast, accounts).write(book)
    desk = Desk(timeline, random, cast, ledger)
    desk.plan_everything(book, names)
    for number in range(MONTHS):
        on_step(f"{timeline.month(number):%Y-%m}")
        desk.work_until(_closing(timeline, number))
        ledger.learn(number, won)
        _close(timeline, number, cast)
    on_step("today")
    desk.work_until(timeline.now)
    ledger.learn(MONTHS, won)
    tell(timeline, cast)
    ask(timeline, cast)
    recruit(timeline, cast)
    place_partners(timeline, cast)
    ask_partners(timeline, cast)
    review(timeline, cast)
    plan_ahead(timeline, cast)
    Membership.objects.filter(partner__code="aldervik").update(
        last_seen_at=at(timeline.working_day(4), 8, 40), previous_seen_at=at(timeline.working_day(9), 9, 5)
    )
    return cast


def _closing(timeline: Timeline, number: int) -> datetime:
    """Return when a month is calculated: on the third working day of the next, the last one as late as possible."""
    if number == MONTHS - 1:
        return max(at(timeline.working_day(1), 9, 14), at(timeline.month(MONTHS), 0))
    return at(timeline.working_day_of(number + 1, 3), 9, 14)


def _close(timeline: Timeline, number: int, cast: Cast) -> None:
    """Calculate a month as the channel manager and, but for the last one, approve it as finance and pay it out."""
    calculated = _closing(timeline, number)
    adjust(timeline, number, cast)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLES}")
    run = calculate_run(period=timeline.month(number), actor=cast.colleague(MANAGER), now=calculated)
    if number < MONTHS - 1:
        approved = at(timeline.working_day_of(number + 1, 4), 14, 14)
        approve_run(run=run, actor=cast.colleague(FINANCE), now=approved)
        pay(timeline, number, cast)


def _calculate_last_month(timeline: Timeline, cast: Cast) -> None:
    """Calculate the waiting month once more on committed facts, so that its snapshot sees all of them."""
    calculate_run(period=timeline.month(MONTHS - 1), actor=cast.colleague(MANAGER), now=_closing(timeline, MONTHS - 1))


def _give_passwords(cast: Cast) -> list[SignIn]:
    people = [
        (cast.colleagues[MANAGER], "channel manager"),
        (cast.colleagues[FINANCE], "finance"),
        # Whoever enters an adjustment or an account needs somebody else of finance to approve it.
        (cast.colleagues[SECOND_FINANCE], "finance, the second pair of eyes"),
        (cast.colleagues[ADMIN], "administrator"),
        *(
            (cast.staff[code, role], f"{role} of {cast.partners[code].name}")
            for code, role in SIGNED_IN
        ),
    ]  # fmt: skip
    sign_ins = []
    for user, role in people:
        password = secrets.token_urlsafe(9)
        user.password = make_password(password)
        user.save(update_fields=["password"])
        sign_ins.append(SignIn(user.email, password, role))
    return sign_ins
