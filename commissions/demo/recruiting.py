"""How companies come to be partners: agreements that are signed, applications in every state, two that are started."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commissions.demo.partners import ADMIN, MANAGER, MEMBERS, ONBOARDING, SECOND_MANAGER
from commissions.demo.people import mail_name
from commissions.demo.timeline import Timeline, at
from partners.models import AgreementText, Application, MembershipRole, Onboarding, Partner, ScreeningQuestion
from partners.services.agreements import Origin, accept_agreement, publish_text
from partners.services.applications.deciding import (
    approve_application,
    ask_applicant,
    assign_application,
    reject_application,
    review_application,
)
from partners.services.applications.links import link_for
from partners.services.applications.submitting import Sent, answer_application, confirm_application, submit_application
from partners.services.onboarding import begin_onboarding, refresh_onboarding
from partners.services.payees import MethodEntry, submit_payout_method
from partners.services.people_invitations import accept_invitation
from partners.services.people_invitations import link_for as invitation_link
from partners.services.tax import TaxFormEntry, submit_tax_form
from prm.actors import Actor, ActorKind, Channel
from prm.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from commissions.demo.people import Cast

AGREEMENT = "Partner agreement"
TEXTS = {
    "1": (
        "1. Halden Cloud lets the partner sell its services in the agreed countries.\n\n"
        "2. Deals are registered before they are worked on; who registers first and is approved is protected.\n\n"
        "3. Commission is owed for what customers pay, and is paid within thirty days of an approved month."
    ),
    "2": (
        "1. Halden Cloud lets the partner sell its services in the agreed countries.\n\n"
        "2. Deals are registered before they are worked on; who registers first and is approved is protected.\n\n"
        "3. Commission is owed for what customers pay, and is paid within thirty days of an approved month.\n\n"
        "4. New: both sides tell each other within 48 hours when data of a customer may have been lost."
    ),
}
ASKED_AGAIN = ("kymi-pilvi", "tunturi-data", "harrow-vane", "fjellsky", "penhale", "karpaty-soft")
"""Who has not yet accepted the second version; there is time until its day."""

APPLICANTS = (
    # company, country, type, contact person, points of the four answers, working days ago, message
    ("Aurora Cloud Oy", "FI", "msp", "Aino Virta", (3, 2, 2, 1), 16, "We run Backup for eleven clinics today."),
    ("Vistula Soft Sp. z o.o.", "PL", "reseller", "Bartosz Nowak", (2, 2, 2, 2), 9, ""),
    ("Elbwerk Digital GmbH", "DE", "reseller", "Anke Behrens", (3, 3, 2, 2), 4, "Two of our engineers are certified."),
    ("Severn IT Partners Ltd", "GB", "referral", "Gareth Pugh", (1, 1, 1, 0), 6, ""),
    ("Adriatica Servizi S.r.l.", "IT", "msp", "Chiara Fabbri", (2, 1, 2, 1), 5, "Hotels on the coast, forty of them."),
    ("Polarlys Systemer AS", "NO", "reseller", "Ingrid Aas", (2, 2, 1, 1), 4, ""),
    ("آریا ابر", "AE", "reseller", "نگار مرادی", (1, 2, 2, 1), 3, ""),
    ("云帆科技", "CN", "software_vendor", "陈思远", (3, 1, 2, 2), 1, ""),
    ("Solent Cyber Ltd", "GB", "reseller", "Priya Nair", (0, 0, 1, 0), 12, ""),
)
ELBWERK_AGAIN, SOLENT = 2, 8
"""A colleague applied too and was joined to the first; another has not confirmed the address."""

SITES = ("aurora", "vistula-soft", "elbwerk", "severn-it", "adriatica", "polarlys", "aria-abr", "yunfan", "solent")


def write_agreements(timeline: Timeline, cast: Cast) -> None:
    """Publish the agreement, let every owner sign it, and ask them again for its second version."""
    first = _publish(timeline, cast, "1", at(timeline.month(-14), 9))
    for member in MEMBERS:
        if member.code != ONBOARDING:
            _sign(cast, member.code, first, at(timeline.day(max(member.since, -13), 3), 10))
    second = _publish(timeline, cast, "2", at(timeline.working_day(18), 9))
    for number, member in enumerate(MEMBERS):
        if member.code not in {*ASKED_AGAIN, ONBOARDING}:
            _sign(cast, member.code, second, at(timeline.working_day(17 - number % 12), 11, number))


def recruit(timeline: Timeline, cast: Cast) -> None:
    """Let companies apply, and Halden's channel managers answer them, each thing in its own order of time."""
    _stalled(timeline, cast)
    _Recruiting(timeline, cast).write()


def _publish(timeline: Timeline, cast: Cast, version: str, now: datetime) -> AgreementText:
    by = timeline.today + timedelta(days=30) if version == "2" else None
    return publish_text(
        agreement=AGREEMENT, version=version, text=TEXTS[version], accept_by=by, actor=cast.colleague(ADMIN), now=now
    )


def _sign(cast: Cast, code: str, text: AgreementText, now: datetime) -> None:
    accept_agreement(
        text_id=text.pk, sha256=text.sha256, actor=cast.actor(code, "owner"), origin=Origin("192.0.2.17"), now=now
    )


class _Recruiting:
    """The applications, from the one that has become a partner to the one of which nobody has seen anything."""

    def __init__(self, timeline: Timeline, cast: Cast) -> None:
        self._timeline, self._cast = timeline, cast
        self._manager, self._second = cast.colleague(MANAGER), cast.colleague(SECOND_MANAGER)
        questions = ScreeningQuestion.objects.filter(valid__contains=timeline.today).prefetch_related("choices")
        self._choices = {
            question.code: {choice.points: choice.pk for choice in question.choices.all()} for question in questions
        }

    def write(self) -> None:
        """Write each at its moment."""
        sent = [self._apply(number) for number in range(len(APPLICANTS))]
        aurora, vistula, elbwerk, severn, adriatica, polarlys, _aria, _yunfan, _solent = sent
        self._begin(aurora, back=9)
        moment = at(self._timeline.working_day(6), 10)
        made = approve_application(application_id=vistula.pk, text="", actor=self._second, now=moment)
        refresh_onboarding(partner_id=made.pk, now=moment)
        seen = at(self._timeline.working_day(3), 9)
        review_application(application_id=elbwerk.pk, actor=self._second, now=seen)
        assign_application(application_id=elbwerk.pk, manager_email=MANAGER, actor=self._second, now=seen)
        reject_application(
            application_id=severn.pk,
            text="We have enough partners in your region at the moment.",
            actor=self._second,
            now=at(self._timeline.working_day(3), 14),
        )
        self._ask(adriatica, self._manager, back=3)
        self._ask(polarlys, self._second, back=3)
        answer_application(
            token=_token(link_for(polarlys)),
            text="Fjordbygg AS, 90 people, and Havna Regnskap, 35; both since spring.",
            now=at(self._timeline.working_day(1), 13),
        )
        self._apply(ELBWERK_AGAIN, back=2, person="Sven Ohlsen")
        self._apply(SOLENT, back=1, person="Tom Ayre", confirmed=False)

    def _apply(self, number: int, *, back: int = 0, person: str = "", confirmed: bool = True) -> Application:
        """Send in an application; somebody else of the company may send another."""
        company, country, kind, contact, points, ago, message = APPLICANTS[number]
        name, site = person or contact, SITES[number]
        now = at(self._timeline.working_day(back or ago), 10, 5 * number)
        sent = Sent(
            company=company, country=country, type=kind, contact_name=name, website=f"www.{site}.example",
            contact_email=f"{mail_name(name) or 'office'}@{site}.example", message=message,
        )  # fmt: skip
        codes = ("cloud_experience", "customer_base", "fit", "willingness")
        answers = {code: self._choices[code][reached] for code, reached in zip(codes, points, strict=True)}
        row = submit_application(sent=sent, answers=answers, now=now)
        if confirmed:
            row = confirm_application(token=_token(link_for(row)), now=now + timedelta(minutes=4))
        return row

    def _ask(self, row: Application, actor: Actor, *, back: int) -> None:
        ask_applicant(
            application_id=row.pk,
            text="Please tell us about two customers of the last year.",
            actor=actor,
            now=at(self._timeline.working_day(back), 15),
        )

    def _begin(self, row: Application, *, back: int) -> None:
        """Make a partner that is on its way: signed, its papers sent in, finance has to look at them."""
        partner = approve_application(
            application_id=row.pk,
            text="Welcome. Your experience is what our customers look for.",
            actor=self._manager,
            now=at(self._timeline.working_day(back), 11),
        )
        joined = at(self._timeline.working_day(back - 1), 9)
        user = accept_invitation(token=_token(invitation_link(partner.invitations.get())), now=joined)
        User.objects.filter(pk=user.pk).update(loopback_only=True)
        owner = _owner(user, partner)
        text = AgreementText.objects.get(version="2")
        accept_agreement(text_id=text.pk, sha256=text.sha256, actor=owner, origin=Origin(), now=joined)
        sent = at(self._timeline.working_day(2), 16)
        form = TaxFormEntry("vat", "FI20774740", country="FI")
        submit_tax_form(partner_id=partner.pk, entry=form, actor=owner, now=sent)
        account = MethodEntry(kind="sepa", holder=partner.name, account="FI2112345600000785", currency="EUR")
        submit_payout_method(partner_id=partner.pk, entry=account, actor=owner, now=sent)


def _owner(user: User, partner: Partner) -> Actor:
    return Actor(
        kind=ActorKind.PARTNER,
        channel=Channel.PORTAL,
        user_id=user.pk,
        label=user.name,
        partner_id=partner.pk,
        partner_role=MembershipRole.OWNER,
    )


def _token(link: str) -> str:
    return link.rstrip("/").rsplit("/", 1)[-1]


def _stalled(timeline: Timeline, cast: Cast) -> None:
    """Begin the onboarding of the partner of which nothing has been heard since."""
    partner = cast.partners[ONBOARDING]
    begun = at(timeline.day(13, 1), 9)
    begin_onboarding(partner=partner, now=begun)
    refresh_onboarding(partner_id=partner.pk, now=begun)
    # Its owner was reminded the other day; nobody needs another mail while the demonstration is looked at.
    Onboarding.objects.filter(partner=partner).update(reminded_at=at(timeline.working_day(1), 8))
