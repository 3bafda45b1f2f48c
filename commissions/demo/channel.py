"""What passes between Halden's channel people and partners beside registrations: leads, co-sell, tenders, letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from commissions.demo.history import STAGES
from commissions.demo.names import Customer
from commissions.demo.partners import FINANCE, MANAGER, SECOND_MANAGER
from commissions.demo.timeline import Timeline, at
from deals.models import Family, Lead, LetterNotice, Product, Registration, RegistrationStatus
from deals.services.awards import export_awards, name_seller, set_award_terms
from deals.services.candidates import compare_account
from deals.services.decisions import approve_registration
from deals.services.expiry import expire_registrations
from deals.services.leads import NewLead, accept_lead, add_lead, close_lead, convert_lead, decline_lead, hand_over
from deals.services.leads import take_back as take_lead_back
from deals.services.letters import Upload, object_to_letter, upload_letter, verify_letter
from deals.services.merging import merge_accounts
from deals.services.progress import set_stage
from deals.services.submission import Deal, submit_registration
from deals.services.tenders import close_tender, open_tender
from deals.services.winning import Sale, win_registration
from prm.actors import Actor, ActorKind, Channel

if TYPE_CHECKING:
    from commissions.demo.people import Cast

BILLING = Actor(kind=ActorKind.SYSTEM_KEY, channel=Channel.API, label="Billing")
LETTER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
"""An empty page: what the customer wrote is nobody's business."""

PERCENT_OF_FIRST_MONTH = Decimal(25)


def tell(timeline: Timeline, cast: Cast) -> None:
    """Write it all through the services that serve the pages, each thing in its own order of time."""
    channel = _Channel(timeline, cast, {family.code: family for family in Family.objects.all()})
    channel.leads()
    channel.co_sell()
    channel.late_wins()
    channel.tenders()
    channel.letters()
    channel.customers()


@dataclass(frozen=True, slots=True)
class _Channel:
    timeline: Timeline
    cast: Cast
    families: dict[str, Family]

    def leads(self) -> None:
        """Give leads to partners: one waits for Aldervik, others are accepted, registered, declined, back, closed."""
        for back, code, name, website, country, family, mrr, source in (
            (24, "calder-finch", "Wharfedale Joinery Ltd", "wharfedalejoinery.co.uk", "GB", "security", 420, "Website"),
            (15, "rheinufer", "Moselblick Weine GmbH", "moselblick-weine.de", "DE", "workspace", 360, "Fair, hall 4"),
            (6, "kymi-pilvi", "Ruokolahden Saha Oy", "ruokolahdensaha.fi", "FI", "backup", 280, "Webinar"),
            (5, "wisla-systems", "Tatra Szkło Sp. z o.o.", "tatraszklo.pl", "PL", "security", 510, "Website"),
            (3, "lagoverde", "Cantieri Brenta S.p.A.", "cantieribrenta.it", "IT", "connectivity", 640, "Sales team"),
            (1, "aldervik", "Jokivarsi Paja Oy", "jokivarsipaja.fi", "FI", "workspace", 450, "Website"),
        ):
            lead = self._lead(back, Customer(name, website, country), family, mrr, source)
            given = at(self.timeline.working_day(back), 9, 40)
            hand_over(
                lead_id=lead.pk,
                partner_id=self.cast.partners[code].pk,
                actor=self._manager,
                now=given,
                version=None,
                reason="Nearest to the customer.",
            )
            self._answer(lead, code, given)

    def _answer(self, lead: Lead, code: str, given: datetime) -> None:
        """Let the partner do with its lead what the demonstration shows."""
        seller, soon = self.cast.actor(code), given + timedelta(hours=2, minutes=10)
        if code in {"calder-finch", "kymi-pilvi"}:
            accept_lead(lead_id=lead.pk, actor=seller, now=soon, version=None)
        if code == "calder-finch":
            row = convert_lead(lead_id=lead.pk, actor=seller, now=soon + timedelta(days=2), version=None)
            moved = soon + timedelta(days=9)
            set_stage(registration_id=row.pk, actor=seller, now=moved, version=None, stage=STAGES[1])
        elif code == "rheinufer":
            decline_lead(lead_id=lead.pk, actor=seller, now=soon, version=None, reason="No capacity before spring.")
            reason = "They bought elsewhere."
            lead.refresh_from_db()
            if lead.partner_id:
                take_lead_back(lead_id=lead.pk, actor=self._manager, now=soon, version=None, reason=reason)
            close_lead(lead_id=lead.pk, actor=self._manager, now=soon, version=None, reason=reason)
        elif code in {"wisla-systems", "lagoverde"}:
            reason = "The customer asks for somebody who speaks German."
            take_lead_back(lead_id=lead.pk, actor=self._manager, now=soon, version=None, reason=reason)

    def _lead(self, back: int, customer: Customer, family: str, mrr: int, source: str) -> Lead:
        new = NewLead(
            family=self.families[family],
            website=customer.website,
            company=customer.name,
            country=customer.country,
            source=source,
            expected_mrr=Decimal(mrr),
            currency="EUR",
            contact="Head of IT",
            note="Asked for a first talk within two weeks.",
            manager_email=MANAGER,
        )
        return add_lead(new=new, actor=self._manager, now=at(self.timeline.working_day(back), 9, 15), offer=False)

    def co_sell(self) -> None:
        """Win deals together with direct sales: one award is paid, one waits for payroll, one lacks its seller."""
        set_award_terms(
            family=None,
            basis="percent",
            value=PERCENT_OF_FIRST_MONTH,
            currency="EUR",
            valid_from=self.timeline.month(0),
            actor=self.cast.colleague(FINANCE),
            now=at(self.timeline.working_day(20), 10),
        )
        for number, (code, customer, family, mrr, seller) in enumerate(
            (
                ("rheinufer", Customer("Eifelkraft eG", "eifelkraft.de", "DE"), "security", 880, "Ines Richter"),
                ("penhale", Customer("Tamar Ferries Ltd", "tamarferries.co.uk", "GB"), "backup", 540, "Ines Richter"),
                ("alster-cloud", Customer("Nordkai Reederei", "nordkai-reederei.de", "DE"), "workspace", 410, ""),
            )
        ):
            row = self._approved(code, customer, family, mrr, back=26 - number, co_sell=True)
            if seller:
                email = f"{seller.lower().replace(' ', '.')}@halden.example"
                named = at(self.timeline.working_day(9), 11)
                name_seller(
                    registration_id=row.pk, name=seller, email=email, actor=self._manager, now=named, version=None
                )
            self._win(row, mrr, self._manager, at(self.timeline.working_day(3 if number == 0 else 1), 15, 20))
            if number == 0:
                export_awards(actor=self.cast.colleague(FINANCE), now=at(self.timeline.working_day(2), 10, 30))

    def late_wins(self) -> None:
        """Have billing report a win after its protection has ended."""
        customer = Customer("Polzeath Surf Hotels Ltd", "polzeathsurf.co.uk", "GB")
        row = self._approved("penhale", customer, "connectivity", 390, back=70)
        expire_registrations(now=self.timeline.now)
        row.refresh_from_db()
        if row.status == RegistrationStatus.EXPIRED:
            self._win(row, 390, BILLING, at(self.timeline.working_day(1), 11, 5))

    def tenders(self) -> None:
        """Let partners bid for a public customer, and close an earlier tender without a winner."""
        tromso = Customer("Tromsø Havn KF", "tromsohavn.no", "NO", "public")
        first = self._approved("nordhagen", tromso, "security", 960, back=14)
        open_tender(
            account_id=first.account_id or 0,
            family_id=first.family_id,
            reason="Public procurement: three offers are asked for.",
            actor=self._manager,
            now=at(self.timeline.working_day(8), 10),
        )
        self._approved("fjellsky", tromso, "security", 940, back=6)
        lodz = Customer("Biblioteka Miejska w Łęczycy", "biblioteka-leczyca.pl", "PL", "public")
        over = self._approved("wisla-systems", lodz, "backup", 150, back=40)
        held = open_tender(
            account_id=over.account_id or 0,
            family_id=over.family_id,
            reason="The city asks every library's supplier anew.",
            actor=self._second,
            now=at(self.timeline.working_day(30), 10),
        )
        close_tender(
            tender_id=held.pk,
            winner_id=None,
            reason="Called off: no budget this year.",
            actor=self._second,
            now=at(self.timeline.working_day(12), 10),
        )

    def letters(self) -> None:
        """Have customers name their partner: one letter to verify, one open to objection, one objected to."""
        fresh = self._approved(
            "tunturi-data", Customer("Saariselän Majat Oy", "saariselanmajat.fi", "FI"), "workspace", 230, back=5
        )
        self._letter(fresh, "tunturi-data", "Riitta Aho", "riitta.aho@saariselanmajat.fi", back=1)
        oulu = Customer("Oulun Lasi Oy", "oulunlasi.fi", "FI")
        rival = self._submitted("kymi-pilvi", oulu, "workspace", 205, at(self.timeline.working_day(1), 11), wait=True)
        self._letter(rival, "kymi-pilvi", "Mikko Lasi", "mikko@oulunlasi.fi", back=1, verified=True)
        harz = Customer("Harzer Kräuterhof GmbH", "harzer-kraeuterhof.de", "DE")
        self._approved("alster-cloud", harz, "backup", 310, back=25)
        other = self._submitted("zugspitz", harz, "backup", 300, at(self.timeline.working_day(9), 11), wait=True)
        self._letter(other, "zugspitz", "Jutta Kranz", "kranz@harzer-kraeuterhof.de", back=8, verified=True)
        notice = LetterNotice.objects.filter(letter__registration=other, partner__code="alster-cloud").first()
        if notice is not None:
            object_to_letter(
                notice_id=notice.pk,
                text="Ms Kranz left the company in June. Their managing director signed our offer last week.",
                actor=self.cast.actor("alster-cloud"),
                now=at(self.timeline.working_day(4), 14, 30),
            )

    def customers(self) -> None:
        """Merge two records that were one customer, and leave a pair for the visitor to decide."""
        vets = Customer("Cotswold Veterinary Surgeons Ltd", "cotswoldvets.co.uk", "GB")
        first = self._approved("harrow-vane", vets, "workspace", 290, back=18)
        again = self._approved(
            "harrow-vane", Customer("Stow Animal Clinic", "stowanimalclinic.co.uk", "GB"), "backup", 160, back=13
        )
        merge_accounts(
            survivor_id=first.account_id or 0,
            merged_id=again.account_id or 0,
            actor=self._manager,
            now=at(self.timeline.working_day(7), 9, 25),
            reason="The clinic belongs to the surgeons; one purchasing office.",
        )
        self._approved(
            "karpaty-soft", Customer("Piekarnia Beskid Sp. z o.o.", "piekarniabeskid.pl", "PL"), "backup", 130, back=16
        )
        other = self._approved(
            "mazur-sieci", Customer("Piekarnia Beskid S.A.", "beskid-piekarnia.pl", "PL"), "security", 145, back=11
        )
        if other.account is not None:
            compare_account(other.account, now=at(self.timeline.working_day(10), 2))

    def _letter(
        self, row: Registration, code: str, signer: str, email: str, *, back: int, verified: bool = False
    ) -> None:
        day = self.timeline.working_day(back)
        upload = Upload("letter.pdf", LETTER, signer, email, day - timedelta(days=1))
        letter = upload_letter(registration_id=row.pk, upload=upload, actor=self.cast.actor(code), now=at(day, 13))
        if verified:
            verify_letter(
                letter_id=letter.pk,
                how="Called the switchboard and asked for the signer.",
                effective_on=None,
                actor=self._manager,
                now=at(day, 16),
            )

    def _submitted(
        self, code: str, customer: Customer, family: str, mrr: int, when: datetime, *, wait: bool = False
    ) -> Registration:
        deal = Deal(
            website=customer.website,
            company=customer.name,
            country=customer.country,
            family=self.families[family],
            expected_mrr=Decimal(mrr),
            currency="EUR",
            expected_close_on=_first_of(when.date() + timedelta(days=50)),
        )
        return submit_registration(deal=deal, actor=self.cast.actor(code), now=when, wait=wait)

    def _approved(
        self, code: str, customer: Customer, family: str, mrr: int, *, back: int, co_sell: bool = False
    ) -> Registration:
        """Register a deal so many working days ago, and approve it a day later unless its tier did so at once."""
        row = self._submitted(code, customer, family, mrr, at(self.timeline.working_day(back), 10, 20))
        if row.status == RegistrationStatus.SUBMITTED:
            approved = at(self.timeline.working_day(back - 1), 9, 50)
            approve_registration(
                registration_id=row.pk, actor=self._manager, now=approved, version=None, co_sell=co_sell
            )
        row.refresh_from_db()
        return row

    def _win(self, row: Registration, mrr: int, by: Actor, when: datetime) -> None:
        """Report the sale; it is billed from today on, so that no closed month knows of it."""
        product = Product.objects.filter(family=row.family_id).order_by("pk")[0]
        sale = Sale(product=product, mrr=Decimal(mrr), currency="EUR", started_on=self.timeline.today)
        win_registration(registration_id=row.pk, actor=by, now=when, version=None, sale=sale)

    @property
    def _manager(self) -> Actor:
        return self.cast.colleague(MANAGER)

    @property
    def _second(self) -> Actor:
        return self.cast.colleague(SECOND_MANAGER)


def _first_of(day: date) -> date:
    return day.replace(day=1)
