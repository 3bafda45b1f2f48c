"""What partners and channel managers did lately, step by step through the services that serve the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from commissions.demo import stories
from commissions.demo.facts import SYSTEM, Ledger
from commissions.demo.history import RECENT, STAGES, working
from commissions.demo.names import Customer, NameBook
from commissions.demo.partners import MANAGER, MEMBERS, SECOND_MANAGER, SUSPENDED, Member
from commissions.demo.people import Cast
from commissions.demo.sales import FAMILIES, Book, Sale, level
from commissions.demo.timeline import Timeline, at
from deals.models import Family, NamedAccount, Registration, RegistrationStatus
from deals.services.decisions import approve_registration, return_for_information
from deals.services.expiry import expire_registrations
from deals.services.progress import set_stage
from deals.services.submission import Deal, submit_registration
from deals.services.winning import Sale as Sold
from deals.services.winning import win_registration
from partners.services import record_activity
from partners.services.status import suspend_partner

Step = Callable[[datetime], None]


@dataclass(slots=True)
class Case:
    """One deal on its way: what the partner says, and the registration once it is submitted."""

    code: str
    customer: Customer
    family: str
    mrr: Decimal
    currency: str
    contact: str = ""
    note: str = ""
    wait: bool = False
    row: Registration | None = None

    @property
    def registration_id(self) -> int:
        """Return the submitted registration's key."""
        assert self.row is not None  # noqa: S101 - steps come after the submission
        return self.row.pk


@dataclass(order=True, slots=True)
class _Entry:
    moment: datetime
    number: int
    step: Step = field(compare=False)


class Desk:
    """An agenda: steps with their moments, carried out in order, up to a given one."""

    def __init__(self, timeline: Timeline, random: Random, cast: Cast, ledger: Ledger) -> None:
        self._timeline, self._random, self._cast, self._ledger = timeline, random, cast, ledger
        self._families = {family.code: family for family in Family.objects.all()}
        self._agenda: list[_Entry] = []
        self._manager = cast.colleague(MANAGER)

    def work_until(self, moment: datetime) -> None:
        """Carry out every step that lies before ``moment``."""
        self._agenda.sort()
        due = [entry for entry in self._agenda if entry.moment <= moment]
        self._agenda = self._agenda[len(due) :]
        for entry in due:
            entry.step(entry.moment)

    def plan(self, moment: datetime, step: Step) -> None:
        """Put a step on the agenda."""
        self._agenda.append(_Entry(moment, len(self._agenda), step))

    def plan_everything(self, book: Book, names: NameBook) -> None:
        """Put every step of the last months on the agenda."""
        for sale in book.sales:
            if sale.seller and sale.started_on >= self._timeline.month(RECENT):
                self._plan_sale(sale)
        for member in MEMBERS:
            for _ in range(member.open_deals):
                self._plan_open_deal(member, names)
        self._plan_aldervik()
        self._plan_rivals()
        self._plan_queue()
        self._plan_partners()
        self.plan(self._timeline.now, _sweep)

    def _plan_sale(self, sale: Sale) -> None:
        """Plan a deal that was registered, approved and won, and the subscription that it became."""
        case = Case(sale.seller, sale.customer, sale.family, sale.mrr, sale.currency)
        won = at(sale.started_on, 9, self._random.randrange(60))
        approved = working(won - timedelta(days=self._random.randint(9, 45)), self._random)
        submitted = working(approved - timedelta(days=2), self._random)
        self.plan(submitted, partial(self.submit, case))
        self.plan(approved, partial(self.approve, case))
        self.plan(approved + (won - approved) / 2, partial(self.move, case, STAGES[2]))
        self.plan(won, partial(self._win, case, sale))

    def _plan_open_deal(self, member: Member, names: NameBook) -> None:
        """Plan a deal that is protected today."""
        random, longest = self._random, 52 if member.tiers[-1][1] == "registered" else 78
        case = Case(
            member.code,
            names.take(member.country),
            random.choice(FAMILIES),
            level(random.choice((120, 210, 320, 480, 640)), member.currency),
            member.currency,
        )
        approved = working(self._timeline.now - timedelta(days=random.randint(4, longest)), random)
        submitted = working(approved - timedelta(days=2), random)
        self.plan(submitted, partial(self.submit, case))
        self.plan(approved, partial(self.approve, case))
        moved = approved + (self._timeline.now - approved) / 2
        stage = random.choice(STAGES)
        if stage != STAGES[0]:
            self.plan(moved, partial(self.move, case, stage))

    def _plan_aldervik(self) -> None:
        """Plan seven open deals of Aldervik: one ends in six days, one has a question, one is in review."""
        rows = (
            # customer, website, country, family, expected, days left, stage
            ("Haapala Foods Oy", "haapalafoods.fi", "FI", "security", "540.00", 6, STAGES[2]),
            ("Suvanto Clinics Oy", "suvantoclinics.fi", "FI", "workspace", "310.00", 21, STAGES[1]),
            ("Łódzkie Zakłady Optyczne S.A.", "lodzkieoptyczne.pl", "PL", "backup", "820.00", 47, STAGES[0]),
            ("Bramley & Stow Ltd", "bramleystow.co.uk", "GB", "connectivity", "260.00", 70, STAGES[1]),
            ("Oulun Lasi Oy", "oulunlasi.fi", "FI", "workspace", "195.00", 86, STAGES[0]),
        )
        for name, website, country, family, mrr, days_left, stage in rows:
            case = Case("aldervik", Customer(name, website, country), family, Decimal(mrr), "EUR")
            approved = at(self._timeline.today - timedelta(days=90 - days_left), 23, 50)
            self.plan(approved - timedelta(days=2, hours=9), partial(self.submit, case))
            self.plan(approved, partial(self.approve, case))
            if stage != STAGES[0]:
                moved = max(at(self._timeline.working_day(2), 11, 20), approved + timedelta(hours=1))
                self.plan(moved, partial(self.move, case, stage))
        case = Case("aldervik", Customer("Meren Kala Oy", "merenkala.fi", "FI"), "workspace", Decimal("380.00"), "EUR")
        self.plan(at(self._timeline.working_day(4), 10, 12), partial(self.submit, case))
        self.plan(
            at(self._timeline.working_day(3), 16, 20),
            partial(self._ask, case, "Which company signs: Meren Kala Oy or its parent?"),
        )

    def _plan_rivals(self) -> None:
        """Plan two rivals on one customer: the second waits in line behind the protected one."""
        haapala = Customer("Haapala Foods Oy", "haapalafoods.fi", "FI")
        case = Case("kymi-pilvi", haapala, "security", Decimal("520.00"), "EUR", wait=True)
        self.plan(at(self._timeline.working_day(12), 10, 41), partial(self.submit, case))

    def _plan_queue(self) -> None:
        """Plan seven submissions that wait for a decision, the first of them late."""
        earlier = Case("bursztyn", stories.NAREW, "backup", Decimal("2400.00"), "PLN")
        ended = at(self._timeline.today - timedelta(days=17), 10, 31)
        self.plan(ended - timedelta(days=92, hours=1), partial(self.submit, earlier))
        self.plan(ended - timedelta(days=90), partial(self.approve, earlier, by=SECOND_MANAGER))
        self.plan(ended, _sweep)
        aras = Customer("شرکت ارس تجارت", "", "")
        queue = (
            # working days ago, hour, minute, the deal
            (3, 11, 20, Case("pardis-link", aras, "connectivity", Decimal("460.00"), "USD")),
            (2, 9, 38, Case("bursztyn", stories.NAREW, "backup", Decimal("2600.00"), "PLN", "Jan Sowa, head of IT")),
            (2, 14, 0, Case("aldervik", Customer("Kivi Robotics Oy", "kivirobotics.fi", "FI"), "security",
                            Decimal("430.00"), "EUR", "Anni Kivi, managing director")),
            (2, 15, 5, Case("wisla-systems", stories.NAREW, "backup", Decimal("2450.00"), "PLN")),
            (1, 9, 30, Case("haibin", Customer("青岚物流有限公司", "qinglanwuliu.com.cn", "CN"), "workspace",
                            Decimal("720.00"), "USD")),
            (1, 14, 10, Case("brenner-netz", stories.HAFENKANTE, "security", Decimal("1450.00"), "EUR",
                             "Dr. Heike Sommer, CISO")),
            (1, 16, 45, Case("calder-finch", stories.ORRIN, "workspace", Decimal("690.00"), "EUR")),
        )  # fmt: skip
        for back, hour, minute, case in queue:
            moment = at(self._timeline.working_day(back), hour, minute)
            self.plan(moment, partial(self.submit, case))

    def _plan_partners(self) -> None:
        """Plan what happens to partners themselves: a suspension, business reviews, key accounts."""
        suspended = at(self._timeline.working_day(18), 15, 0)
        self.plan(suspended, self._suspend)
        self.plan(suspended - timedelta(days=30), lambda _now: self._name_key_accounts())
        for number, code in enumerate(("aldervik", "brenner-netz", "calder-finch", "wisla-systems", "rheinufer")):
            held = at(self._timeline.working_day(30 + number), 13, 30)
            self.plan(held, partial(self._review, code))

    def submit(self, case: Case, now: datetime) -> None:
        """Submit the deal as the partner's seller."""
        deal = Deal(
            website=case.customer.website,
            company=case.customer.name,
            country=case.customer.country,
            family=self._families[case.family],
            expected_mrr=case.mrr,
            currency=case.currency,
            expected_close_on=(now + timedelta(days=50)).date().replace(day=1),
            contact=case.contact,
            note=case.note,
        )
        case.row = submit_registration(deal=deal, actor=self._cast.actor(case.code), now=now, wait=case.wait)

    def approve(self, case: Case, now: datetime, *, by: str = MANAGER) -> None:
        """Approve the deal, unless its tier's automatic approval was faster."""
        if Registration.objects.filter(pk=case.registration_id, status=RegistrationStatus.SUBMITTED).exists():
            approve_registration(
                registration_id=case.registration_id, actor=self._cast.colleague(by), now=now, version=None
            )

    def move(self, case: Case, stage: str, now: datetime) -> None:
        """Move the deal's stage as the partner's seller."""
        set_stage(
            registration_id=case.registration_id, actor=self._cast.actor(case.code), now=now, version=None, stage=stage
        )

    def _ask(self, case: Case, question: str, now: datetime) -> None:
        return_for_information(
            registration_id=case.registration_id,
            actor=self._cast.colleague(SECOND_MANAGER),
            now=now,
            version=None,
            question=question,
        )

    def _win(self, case: Case, sale: Sale, now: datetime) -> None:
        """Win the deal, which writes its subscription and the seller's credit."""
        sold = Sold(
            product=self._ledger.product(sale),
            mrr=sale.mrr,
            currency=sale.currency,
            started_on=sale.started_on,
            source_system=SYSTEM,
            external_id=self._ledger.external_id(sale),
        )
        row = win_registration(
            registration_id=case.registration_id, actor=self._manager, now=now, version=None, sale=sold
        )
        self._ledger.adopt(sale, row.subscriptions.get())

    def _suspend(self, now: datetime) -> None:
        suspend_partner(
            partner_id=self._cast.partners[SUSPENDED].pk,
            reason="Three customers were invoiced for a service that had ended. Lifted once they are repaid.",
            actor=self._manager,
            now=now,
        )

    def _name_key_accounts(self) -> None:
        """Put two customers on the list of key accounts: one to review, one to sell together with direct sales."""
        policies = NamedAccount.Policy
        for customer, policy in ((stories.HAFENKANTE, policies.REVIEW), (stories.NAREW, policies.CO_SELL)):
            account = self._ledger.account(customer)
            NamedAccount.objects.create(account=account, policy=policy, owner_email=SECOND_MANAGER)

    def _review(self, code: str, now: datetime) -> None:
        record_activity(
            partner_id=self._cast.partners[code].pk,
            kind="review_held",
            at=now,
            object_name="Business review",
            user_id=self._cast.colleagues[MANAGER].pk,
        )


def _sweep(now: datetime) -> None:
    """End what is over, as the daily batch does."""
    expire_registrations(now=now)
