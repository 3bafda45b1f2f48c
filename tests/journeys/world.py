"""A victim whose every row bears a word that stands nowhere else, and a digest of what nobody may change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from commissions.models import (
    Adjustment,
    Dispute,
    DisputeMessage,
    PaymentAnswer,
    PaymentFile,
    Payout,
    PayoutContradiction,
    Plan,
    PlanAssignment,
    Posting,
    Rule,
    Run,
    Statement,
)
from commissions.services.reconciliation import upload_answer
from deals.models import (
    Account,
    AccountDomain,
    Credit,
    Lead,
    LeadOffer,
    LetterNotice,
    MrrChange,
    RecordLetter,
    Registration,
    RegistrationEvent,
    Subscription,
    Tender,
)
from deals.services.letters import Upload, upload_letter
from partners.models import (
    Activity,
    ApiKey,
    BusinessReview,
    ChecklistTemplate,
    Invitation,
    JointAction,
    JointPlan,
    Membership,
    Onboarding,
    OnboardingPaper,
    OnboardingStep,
    Partner,
    PayoutMethod,
    PlanVersion,
    SelfBillingAgreement,
    StatusPeriod,
    TaxForm,
    Territory,
    TierAssignment,
    WithholdingRate,
)
from partners.services import record_activity
from partners.services.plans.drafting import propose_plan, reopen_plan
from partners.services.reviews import prepare_review, share_review
from prm.actors import OPERATOR
from prm.models import User
from tests.cast import Cast, assemble
from tests.factories.commissions import EntryRow, make_run, make_statement, make_subscription
from tests.factories.deals import make_account, make_registration
from tests.factories.leads import make_lead
from tests.factories.partners import make_partner
from tests.factories.payees import make_method, make_payable, make_tax_form
from tests.factories.payouts import make_batch, make_payer
from tests.factories.plans import ACTIONS, CONTENT, make_agreed

WORD = "zqvictim"
"""Part of every name, domain, note and external id of the victim, and of nothing else."""

COMMISSION = ("98765.43", "98,765.43", "98 765.43", "98\xa0765.43", "98.765,43")
"""The victim's commission, in the ways in which a page might write it."""

ACCOUNT = "DE02120300000000202051"
"""The victim's bank account."""

KEPT = (
    Account,
    AccountDomain,
    Adjustment,
    ApiKey,
    BusinessReview,
    Credit,
    Dispute,
    DisputeMessage,
    Invitation,
    JointAction,
    JointPlan,
    Lead,
    LeadOffer,
    LetterNotice,
    MrrChange,
    Onboarding,
    OnboardingPaper,
    OnboardingStep,
    Partner,
    PaymentAnswer,
    PaymentFile,
    Payout,
    PayoutMethod,
    Posting,
    Plan,
    PlanAssignment,
    PlanVersion,
    RecordLetter,
    Registration,
    RegistrationEvent,
    Rule,
    Run,
    SelfBillingAgreement,
    Statement,
    StatusPeriod,
    Subscription,
    TaxForm,
    Tender,
    Territory,
    TierAssignment,
    User,
    WithholdingRate,
)
EVER_CHANGING = {"last_login", "last_used_at", "password"}


@dataclass(frozen=True)
class World:
    """The victim's things by the names that addresses give them."""

    cast: Cast
    account: Account
    registration: Registration
    draft: Registration
    waiting: Registration
    subscription: Subscription
    run: Run
    statement: Statement
    dispute: Dispute
    invitation: Invitation
    membership: Membership
    rule: Rule
    assignment: PlanAssignment
    adjustment: Adjustment
    file: PaymentFile
    answer: PaymentAnswer
    lead: Lead
    letter: RecordLetter
    notice: LetterNotice
    tender: Tender
    paper: OnboardingPaper
    plan: PlanVersion
    review: BusinessReview

    @property
    def payout(self) -> Payout:
        """The victim's payout."""
        return Payout.objects.filter(partner=self.cast.partner).latest("number")

    @property
    def contradiction(self) -> PayoutContradiction:
        """Return what the provider says against that payout."""
        return PayoutContradiction.objects.get(payout=self.payout)

    @property
    def markers(self) -> list[str]:
        """Every string that would betray the victim."""
        things: list[Any] = [
            self.cast.partner,
            self.registration,
            self.draft,
            self.waiting,
            self.subscription,
            self.statement,
            self.dispute,
            self.lead,
            self.letter,
            self.notice,
            self.tender,
            self.paper,
            self.paper.step,
            self.plan,
            self.plan.plan,
            self.review,
        ]
        return [
            WORD,
            *COMMISSION,
            self.registration.reference,
            self.waiting.reference,
            self.statement.number,
            f"•• {ACCOUNT[-4:]}",
            self.dispute.number,
            *(str(thing.public_id) for thing in things),
            str(self.account.public_id),
        ]

    @property
    def sealed_markers(self) -> list[str]:
        """Every string that would show the victim's whole account number, to anybody."""
        return [ACCOUNT, " ".join(ACCOUNT[at : at + 4] for at in range(0, len(ACCOUNT), 4))]

    @property
    def money_markers(self) -> list[str]:
        """Every string that would show commission to somebody who may not see it."""
        return [*COMMISSION, self.statement.number, f"•• {ACCOUNT[-4:]}", *self.sealed_markers]


def build() -> World:
    """Make the victim beside its rival: protected, waiting and drafted deals, a paid month, a statement."""
    cast = assemble()
    victim = cast.partner
    Partner.objects.filter(pk=victim.pk).update(name=f"{WORD} Northwind", website=f"{WORD}.example")
    victim.refresh_from_db()
    Territory.objects.create(partner=victim, country="FI", segment=WORD)
    make_payable(victim, account=ACCOUNT, holder=f"{WORD} Holder", rate="12")
    make_method(victim, kind="bank", currency="USD", account=ACCOUNT, holder=f"{WORD} Holder", verified=False)
    make_tax_form(victim, kind="w9", verified=False, name=f"{WORD} Inc")
    record_activity(partner_id=victim.pk, kind="review_held", at=timezone.now(), object_name=f"{WORD} activity")
    now = timezone.now()
    account = make_account(f"{WORD} Customer Oy", domain=f"{WORD}-customer.example", external_id=f"{WORD}-a")
    words: dict[str, Any] = {"note": f"{WORD} note", "contact": f"{WORD} contact", "now": now}
    registration = make_registration(victim, account=account, status="approved", number=7712345, **words)
    draft = make_registration(victim, status="draft", company=f"{WORD} Draft", number=7712347, **words)
    other = make_account(f"{WORD} Other Oy", domain=f"{WORD}-other.example", external_id=f"{WORD}-o")
    waiting = make_registration(victim, account=other, status="waiting", number=7712346, **words)
    subscription = make_subscription(victim, customer=f"{WORD} Subscriber")
    Subscription.objects.filter(pk=subscription.pk).update(external_id=f"{WORD}-s")
    subscription.refresh_from_db()
    plan = Plan.objects.create(code=f"{WORD}-plan", name=f"{WORD} Plan")
    run = make_run(
        date(2026, 6, 1),
        [EntryRow(partner=victim, subscription=subscription, entitlement=COMMISSION[0])],
        by=cast.manager,
    )
    waits = make_run(date(2026, 7, 1), status="calculated", by=cast.manager)
    assert waits.status == "calculated"
    statement = make_statement(run, victim)
    assert statement.closing == Decimal(COMMISSION[0])
    file, answer = _paid(victim, statement)
    dispute = Dispute.objects.create(
        number="D-771234",
        partner=victim,
        run=run,
        statement=statement,
        subscription=subscription,
        kind="recurring",
        currency="EUR",
        earned_period=run.period,
        amount=statement.closing,
        opened_at=now,
        opened_label=f"{WORD} asker",
        due_at=now,
    )
    DisputeMessage.objects.create(
        dispute=dispute, at=now, act="opened", from_partner=True, author_label=f"{WORD} asker", text=f"{WORD} question"
    )
    letter, notice = _letters(registration)
    return World(
        cast=cast,
        paper=_paper(victim),
        letter=letter,
        notice=notice,
        tender=Tender.objects.create(
            account=account, family=registration.family, reason=f"{WORD} tender", opened_at=now, closed_at=now
        ),
        account=account,
        registration=registration,
        draft=draft,
        waiting=waiting,
        subscription=subscription,
        run=waits,
        statement=statement,
        dispute=dispute,
        invitation=Invitation.objects.create(
            partner=victim,
            email=f"{WORD}@northwind.example",
            role="seller",
            created_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=14),
            invited_label=f"{WORD} owner",
        ),
        membership=Membership.objects.get(user=cast.owner, partner=victim),
        file=file,
        answer=answer,
        lead=make_lead(victim, account=other, external_id=f"{WORD}-l", contact=f"{WORD} lead", now=now),
        rule=Rule.objects.create(plan=plan, kind="recurring", rate=Decimal("98.7654")),
        adjustment=Adjustment.objects.create(
            partner=victim, currency="EUR", amount=Decimal(COMMISSION[0]), reason=f"{WORD} reason", created_at=now
        ),
        assignment=PlanAssignment.objects.create(partner=victim, plan=plan, valid_from=date(2026, 1, 1)),
        plan=_planned(cast),
        review=_reviewed(cast),
    )


def _paper(victim: Partner) -> OnboardingPaper:
    """Let the victim have sent a file for a step of its onboarding, which is over; nobody has looked at it yet."""
    template, today = ChecklistTemplate.objects.filter(type=victim.type).latest("version"), date(2026, 1, 5)
    begun = Onboarding.objects.create(partner=victim, template=template, began_on=today, ended_on=today)
    step = OnboardingStep.objects.create(
        onboarding=begun, title=f"{WORD} step", asks_files=True, required=False, due_on=today
    )
    return OnboardingPaper.objects.create(
        step=step, name=f"{WORD}.pdf", media_type="application/pdf", size=1, digest=WORD, file="00/nowhere",
        uploaded_at=timezone.now(), uploaded_label=f"{WORD} owner",
    )  # fmt: skip


def _planned(cast: Cast) -> PlanVersion:
    """Agree on a plan with the victim, and propose a change of it that waits."""
    said = replace(CONTENT, aims=f"{WORD} aims", actions=[replace(one, what=f"{WORD} {one.what}") for one in ACTIONS])
    first, manager, now = make_agreed(cast, content=said), cast.actor("manager"), timezone.now()
    draft = reopen_plan(plan_id=first.plan_id, actor=manager, now=now)
    return propose_plan(version_id=draft.pk, edits=draft.edits, actor=manager, now=now)


def _reviewed(cast: Cast) -> BusinessReview:
    """Prepare a review with the victim and share it; nobody has recorded it yet."""
    manager, now = cast.actor("manager"), timezone.now()
    row = prepare_review(partner_id=cast.partner.pk, day=now.date(), agenda=f"{WORD} agenda", actor=manager, now=now)
    return share_review(review_id=row.pk, actor=manager, now=now)


def _letters(registration: Registration) -> tuple[RecordLetter, LetterNotice]:
    """Bring a letter of the victim's, and tell the victim of one in which its customer names somebody else."""
    upload = Upload(f"{WORD}.pdf", b"%PDF-1.7 " + WORD.encode(), f"{WORD} Signer", "a@b.example", date(2026, 1, 1))
    now = timezone.now()
    own = upload_letter(registration_id=registration.pk, upload=upload, actor=OPERATOR, now=now)
    other = make_registration(make_partner("third"), account=registration.account, status="waiting")
    named = upload_letter(registration_id=other.pk, upload=upload, actor=OPERATOR, now=now)
    RecordLetter.objects.filter(pk=named.pk).update(
        status="announced", verified_at=now, objection_until=now + timedelta(days=9), effective_on=date(2030, 1, 1)
    )
    named.refresh_from_db()
    return own, LetterNotice.objects.create(letter=named, partner=registration.holder, told_at=now)


def _paid(victim: Partner, statement: Statement) -> tuple[PaymentFile, PaymentAnswer]:
    """Order the victim's money by a bank file, and upload an answer that nobody has confirmed yet."""
    make_payer()
    Posting.objects.create(
        debit="commission_expense", credit="partner_payable", amount=statement.closing, currency="EUR", partner=victim,
        cause="earned", statement=statement, posted_at=statement.issued_at,
    )  # fmt: skip
    batch = make_batch()
    PayoutContradiction.objects.create(
        payout=batch.payouts.get(), recorded="failed", answer="paid", reference=WORD, found_at=timezone.now()
    )
    file = PaymentFile.objects.get(batch=batch)
    content = f"end_to_end_id,status\n{batch.payouts.get().idempotency_key.hex},paid\n".encode()
    return file, upload_answer(batch=batch, name=f"{WORD}.csv", content=content, actor=OPERATOR, now=timezone.now())


def digest() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that a stranger's request must leave as it was."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for model in KEPT:
        columns = [field.attname for field in model._meta.concrete_fields if field.attname not in EVER_CHANGING]
        rows[model._meta.label] = sorted(map(repr, model._default_manager.values_list(*columns)))  # type: ignore[arg-type]
    rows["memberships"] = sorted(Membership.objects.values_list("user_id", "partner_id", "role", "is_active"))
    rows["activities"] = sorted(Activity.objects.values_list("partner_id", "kind", "object"))
    return rows
