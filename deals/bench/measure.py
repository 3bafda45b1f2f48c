"""Times the whole verdict beside the bare index probes that it needs, and submissions at the same time."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from os import getloadavg
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from deals.bench.program import COUNTRIES, PARTNERS, SEED, generate, names
from deals.identity import name_key
from deals.models import Account, Family
from deals.policy import evaluate
from deals.queries.accounts import account_of_domain
from deals.queries.evidence import Question, gather
from deals.queries.hosts import website_of
from deals.queries.rules import program_with_rules
from deals.queries.similar import near_names
from deals.queries.together import Read, ask
from deals.services.checks import check_availability
from deals.services.submission import Deal, submit_registration
from prm.actors import OPERATOR, Actor, ActorKind, Channel, PartnerRole
from prm.errors import DomainError
from prm.models import User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CONNECTIONS = 8
MILLI, NANO = 1000, 1_000_000_000

PLAIN_STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
"""So that a page is rendered without collecting static files first."""

DOMAIN_PROBE = "SELECT account_id FROM deals_accountdomain WHERE domain = %s"
CLAIM_PROBES = (
    "SELECT id, status, holder_id, protected FROM deals_registration WHERE account_id = ANY(%(accounts)s)",
    "SELECT id, product_id, started_on FROM deals_subscription WHERE account_id = ANY(%(accounts)s)",
    "SELECT id, policy FROM deals_namedaccount WHERE account_id = ANY(%(accounts)s)",
    "SELECT id, opened_at FROM deals_opportunity WHERE account_id = ANY(%(accounts)s)",
)


@dataclass
class Times:
    """Milliseconds of one thing done many times."""

    of: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    def take(self, act: Callable[[], object]) -> None:
        """Do it once more."""
        began, busy = time.perf_counter(), processor_time()
        act()
        self.of.append((time.perf_counter() - began) * MILLI)
        self.worked.append((processor_time() - busy) * MILLI)

    @property
    def median(self) -> float:
        """Return the median."""
        return statistics.median(self.of)

    @property
    def p99(self) -> float:
        """Return what 99 of 100 keep."""
        return _of_100(self.of, 99)

    @property
    def processor_median(self) -> float:
        """Return the median of the processor's work, which does not count the waiting for others on a busy machine."""
        return statistics.median(self.worked)

    @property
    def processor_p99(self) -> float:
        """Return the processor's work that 99 of 100 keep."""
        return _of_100(self.worked, 99)


def _of_100(times: list[float], share: int) -> float:
    return sorted(times)[max(0, -(-len(times) * share // 100) - 1)]


def processor_time() -> float:
    """Return the seconds that this process and its server process have worked; the latter's as far as Linux tells."""
    link: Any = connection.connection
    try:
        told = Path(f"/proc/{link.info.backend_pid}/schedstat").read_text(encoding="ascii").split()
    except (AttributeError, OSError):
        told = ["0"]
    return time.process_time() + int(told[0]) / NANO


@dataclass
class Measured:
    """What one run measured."""

    accounts: int
    registrations: int
    generating: float
    verdict: Times = field(default_factory=Times)
    check: Times = field(default_factory=Times)
    domain_probe: Times = field(default_factory=Times)
    name_probe: Times = field(default_factory=Times)
    claim_probes: Times = field(default_factory=Times)
    probes: Times = field(default_factory=Times)
    on_one: float = 0.0
    on_many: float = 0.0
    queue_queries: dict[str, int] = field(default_factory=dict)
    load: tuple[float, float] = (0.0, 0.0)

    @property
    def ratio(self) -> float:
        """Return how many times the bare probes the verdict takes, by the medians."""
        return self.verdict.median / self.probes.median

    @property
    def work_ratio(self) -> float:
        """Return the same by the processor's work."""
        return self.verdict.processor_median / self.probes.processor_median


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: who asks, what was typed."""

    partner_id: int
    website: str
    company: str
    country: str
    family: Family


def measure(
    *, accounts: int, registrations: int, checks: int, submissions: int, say: Callable[[str], None]
) -> Measured:
    """Generate the program in the empty database of the connection, and time everything."""
    say(f"generating {accounts:,} customers and {registrations:,} live registrations")
    began = time.perf_counter()
    generate(accounts=accounts, registrations=registrations, now=NOW)
    found = Measured(accounts, registrations, time.perf_counter() - began)
    say("timing verdicts beside their probes")
    before = getloadavg()[0]
    _time_verdicts(found, list(questions(accounts, checks)))
    found.load = (before, getloadavg()[0])
    say("counting the queries of the queue")
    found.queue_queries = _queue_queries()
    say(f"submitting on {CONNECTIONS} connections at once")
    found.on_one = _submissions_per_second(submissions, one_customer=True)
    found.on_many = _submissions_per_second(submissions, one_customer=False)
    return found


def questions(accounts: int, count: int) -> Iterator[Asked]:
    """Yield what partners ask: half about customers that are there by their domain, half by a name that is like one."""
    random = Random(SEED + 1)  # noqa: S311 - no secret
    families = list(Family.objects.order_by("pk"))
    rows = {pk: (name, country, website) for pk, name, country, website in _rows(random, accounts, count)}
    for turn, (name, country, website) in enumerate(rows.values()):
        is_known = turn % 2 == 0 and website != ""
        yield Asked(
            partner_id=random.randint(1, PARTNERS),
            website=website if is_known else f"new{turn}.com",
            company=name,
            country=country,
            family=random.choice(families),
        )


def _rows(random: Random, accounts: int, count: int) -> list[tuple[int, str, str, str]]:
    wanted = random.sample(range(1, accounts + 1), min(count, accounts))
    return list(Account.objects.filter(pk__in=wanted).order_by("pk").values_list("pk", "name", "country", "website"))


def _time_verdicts(found: Measured, asked: list[Asked]) -> None:
    """Time each question in turn with its probes, so that both meet the same caches and the same neighbours."""
    for turn, question in enumerate(asked):
        if turn % 2:
            found.probes.take(partial(_probe, found, question))
            found.verdict.take(partial(verdict, question))
        else:
            found.verdict.take(partial(verdict, question))
            found.probes.take(partial(_probe, found, question))
    for question in asked[: max(1, len(asked) // 5)]:
        found.check.take(partial(_check, question))


def verdict(question: Asked) -> object:
    """Return the whole decision on what was typed: which customer it is, and all rules with their evidence."""
    program, settings = program_with_rules(now=NOW)
    website = website_of(question.website)
    account = account_of_domain(website.identifying) if website.identifying else None
    facts = gather(
        Question(
            partner_id=question.partner_id,
            family=question.family,
            account=account,
            name=question.company,
            country=question.country,
            domain_known=account is not None,
        ),
        settings=settings,
        now=NOW,
        program=program,
    )
    return evaluate(facts, settings)


def _check(question: Asked) -> object:
    """Return the live verdict as the portal asks for it: limits and log included."""
    actor = Actor(ActorKind.PARTNER, Channel.PORTAL, partner_id=question.partner_id, partner_role=PartnerRole.SELLER)
    return check_availability(
        website=question.website,
        family=question.family,
        actor=actor,
        now=NOW,
        country=question.country,
        company=question.company,
    )


def _probe(found: Measured, question: Asked) -> None:
    """Ask the bare indexes what the verdict has to ask them: domain, name, and the claims on what was found."""
    with connection.cursor() as cursor:
        accounts: list[int] = []

        def by_domain() -> None:
            cursor.execute(DOMAIN_PROBE, [question.website])
            accounts.extend(pk for (pk,) in cursor.fetchall())

        def by_name() -> None:
            near = near_names(name_key=name_key(question.company), country=question.country, exclude=None)
            ask(*near)
            accounts.extend(pk for read in near for pk in list(read.found)[:5])

        def claims() -> None:
            ask(*(Read(statement, {"accounts": accounts or [0]}, len) for statement in CLAIM_PROBES))

        found.domain_probe.take(by_domain)
        found.name_probe.take(by_name)
        found.claim_probes.take(claims)


def _queue_queries() -> dict[str, int]:
    """Return how many queries the console's queue takes, with few and with all of what waits."""
    person = User.objects.create(email="bench@vendor.example", name="Bench", roles=["channel_manager"])
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    counts = {}
    for label, status in (("all that waits", "submitted"), ("one that waits", "returned")):
        if status == "returned":
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE deals_registration SET status = 'returned' WHERE status = 'submitted' AND id <> "
                    "(SELECT min(id) FROM deals_registration WHERE status = 'submitted')"
                )
        with override_settings(STORAGES=PLAIN_STORAGES), CaptureQueriesContext(connection) as captured:
            answer = client.get("/manage/decisions/")
        counts[f"{label} ({answer.status_code})"] = len(captured)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE deals_registration SET status = 'submitted' WHERE status = 'returned'")
    return counts


def _submissions_per_second(count: int, *, one_customer: bool) -> float:
    """Return how many deals are submitted in a second on 8 connections, each of a process of its own."""
    connections.close_all()
    each = max(1, count // CONNECTIONS)
    with ProcessPoolExecutor(CONNECTIONS) as pool:
        jobs = [pool.submit(_submit, worker, each, one_customer=one_customer) for worker in range(CONNECTIONS)]
        spans = [job.result() for job in jobs]
    began, ended = min(start for start, _end, _done in spans), max(end for _start, end, _done in spans)
    return sum(done for _start, _end, done in spans) / (ended - began)


def _submit(worker: int, count: int, *, one_customer: bool) -> tuple[float, float, int]:
    """Submit ``count`` deals; return when it began and ended, and how many were answered."""
    connections.close_all()
    family, done = Family.objects.order_by("pk").first(), 0
    assert family is not None  # noqa: S101 - generated above
    rows = list(names(count)) if not one_customer else []
    began = time.time()
    for turn in range(count):
        name, country, _domain = rows[turn] if rows else ("Everybodys Darling Ltd", COUNTRIES[0], "")
        deal = Deal(
            website="everybodys-darling.com" if one_customer else f"many-{worker}-{turn}.com",
            company=name if one_customer else f"{name} {worker} {turn}",
            country=country,
            family=family,
        )
        holder = 1 + (worker + CONNECTIONS * turn) % PARTNERS
        try:
            submit_registration(deal=deal, actor=OPERATOR, now=NOW, holder_id=holder)
        except DomainError:
            continue
        done += 1
    ended = time.time()
    connections.close_all()
    return began, ended, done
