"""Tax forms, withholding and the self-billing agreement of a partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from partners.models import (
    Partner,
    SelfBillingAgreement,
    TaxForm,
    TaxFormKind,
    TaxFormStatus,
    WithholdingRate,
)
from partners.policy.payees import check_vat_id, w8_expires_on
from partners.services.activity import record_activity
from partners.services.onboarding import refresh_onboarding
from partners.services.payees import require_payee_editor, require_reason, require_second_person
from prm import audit
from prm.actors import Actor, InternalRole
from prm.calendar_days import program_today
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

US_FORMS = frozenset({TaxFormKind.W8BENE, TaxFormKind.W8BEN, TaxFormKind.W9})
W8_FORMS = frozenset({TaxFormKind.W8BENE, TaxFormKind.W8BEN})
WAITING = (TaxFormStatus.REQUESTED, TaxFormStatus.RECEIVED)


@dataclass(frozen=True, slots=True)
class TaxFormEntry:
    """What somebody sends in. ``number`` is a VAT id, or the tax number of a US form, which is stored sealed."""

    kind: str
    number: str = ""
    country: str = ""
    name: str = ""
    signed_on: date | None = None
    reference: str = ""


def request_tax_form(*, partner_id: int, kind: str, actor: Actor, now: datetime) -> TaxForm:
    """Ask a partner for a form; asking again for one that is asked for or waits changes nothing."""
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance asks for tax forms."))
    _refuse_unknown(kind)
    with transaction.atomic():
        partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
        known = TaxForm.objects.filter(partner=partner, kind=kind, status__in=WAITING).first()
        if known is not None:
            return known
        row = TaxForm.objects.create(
            partner=partner, kind=kind, status=TaxFormStatus.REQUESTED, requested_at=now, created_at=now,
            created_label=actor.label,
        )  # fmt: skip
        audit.record(action="tax_form.requested", actor=actor, now=now, target=row, data={"kind": kind})
        record_activity(partner_id=partner_id, kind="tax_form_requested", at=now, object_name=row.get_kind_display())
    return row


def submit_tax_form(*, partner_id: int, entry: TaxFormEntry, actor: Actor, now: datetime) -> TaxForm:
    """Store a form that waits for verification; the verified one of its kind holds until then.

    Raises ``NotAllowedError`` for people who do not see the partner's money, ``DomainError`` naming the field.
    """
    require_payee_editor(actor, partner_id)
    _refuse_unknown(entry.kind)
    if entry.kind == TaxFormKind.NOT_NEEDED and actor.is_partner:
        raise NotAllowedError(_("Only finance can say that no form is needed."))
    try:
        with transaction.atomic():
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
            row = _row_to_fill(partner, entry.kind)
            _fill(row, entry, partner=partner, today=program_today(now))
            row.status, row.received_at = TaxFormStatus.RECEIVED, now
            row.created_at, row.created_by_id, row.created_label = now, actor.user_id, actor.label
            row.save()
            audit.record(action="tax_form.received", actor=actor, now=now, target=row, data={"kind": row.kind})
            record_activity(
                partner_id=partner_id, kind="tax_form_received", at=now, object_name=row.get_kind_display(),
                user_id=actor.user_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return row


def verify_tax_form(*, form_id: int, actor: Actor, now: datetime) -> TaxForm:
    """Verify a form that somebody else sent in; the one that held before is replaced.

    Raises ``NotAllowedError`` for anybody but finance, ``DomainError`` (``four_eyes``, ``expired``) and ``StaleError``.
    """
    with transaction.atomic():
        row = _lock_received(form_id, actor)
        if row.expires_on is not None and row.expires_on <= program_today(now):
            raise DomainError("expired", _("This form has run out already. Ask for a new one."))
        TaxForm.objects.filter(partner_id=row.partner_id, kind=row.kind, status=TaxFormStatus.VERIFIED).update(
            status=TaxFormStatus.REPLACED
        )
        _decide(row, status=TaxFormStatus.VERIFIED, actor=actor, now=now)
        audit.record(action="tax_form.verified", actor=actor, now=now, target=row, data={"kind": row.kind})
        record_activity(partner_id=row.partner_id, kind="tax_form_verified", at=now, object_name=row.get_kind_display())
    refresh_onboarding(partner_id=row.partner_id, now=now)
    return row


def refuse_tax_form(*, form_id: int, reason: str, actor: Actor, now: datetime) -> TaxForm:
    """Refuse a form with a reason that the partner reads; it may send in another."""
    said = require_reason(reason)
    with transaction.atomic():
        row = _lock_received(form_id, actor)
        row.refused_reason = said
        _decide(row, status=TaxFormStatus.REFUSED, actor=actor, now=now)
        audit.record(action="tax_form.refused", actor=actor, now=now, target=row, reason=said)
        record_activity(partner_id=row.partner_id, kind="tax_form_refused", at=now, object_name=said)
    return row


def set_withholding(
    *, partner_id: int, rate: Decimal, valid_from: date, reason: str, actor: Actor, now: datetime
) -> WithholdingRate:
    """Withhold ``rate`` per cent from a day on; the rate before ends there. Payouts already made stay as they are."""
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance sets withholding."))
    said = require_reason(reason)[:200]
    try:
        with transaction.atomic():
            Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
            _end_rates(partner_id, valid_from)
            row = WithholdingRate.objects.create(
                partner_id=partner_id, rate=rate, valid_from=valid_from, reason=said, created_at=now,
                created_by_id=actor.user_id,
            )  # fmt: skip
            data = {"rate": f"{rate:f}", "from": f"{valid_from:%Y-%m-%d}"}
            audit.record(action="withholding.set", actor=actor, now=now, target=row, reason=said, data=data)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return row


def store_self_billing_agreement(
    *, partner_id: int, version: str, text: str, legal_name: str, address: str, actor: Actor, now: datetime
) -> SelfBillingAgreement:
    """Store that the partner agrees to self-billing: the text, who and when. One that holds already ends today.

    An owner or finance person of the partner agrees in the portal; finance stores one that was signed on paper.
    """
    require_payee_editor(actor, partner_id)
    if not text.strip() or not version.strip():
        raise DomainError(
            "self_billing_has_text", _("An agreement stores its text and the version of it."), field="text"
        )
    if not legal_name.strip() or not address.strip():
        sentence = _("A self-billing agreement names the company and its address.")
        raise DomainError("self_billing_has_address", sentence, field="address")
    today = program_today(now)
    with transaction.atomic():
        Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
        _end_agreements(partner_id, today)
        row = SelfBillingAgreement.objects.create(
            partner_id=partner_id, version=version.strip()[:40], text=text.strip(), valid_from=today,
            legal_name=" ".join(legal_name.split())[:200],
            address="\n".join(line.strip() for line in address.strip().splitlines())[:300],
            accepted_at=now, accepted_by_id=actor.user_id, accepted_label=actor.label or actor.kind.value,
        )  # fmt: skip
        audit.record(action="self_billing.agreed", actor=actor, now=now, target=row, data={"version": row.version})
    return row


def end_self_billing_agreement(*, partner_id: int, actor: Actor, now: datetime) -> None:
    """End the agreement today: later runs make no document for this partner. Ending none changes nothing."""
    require_payee_editor(actor, partner_id)
    with transaction.atomic():
        partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
        if _end_agreements(partner_id, program_today(now)):
            audit.record(action="self_billing.ended", actor=actor, now=now, target=partner)


def _refuse_unknown(kind: str) -> None:
    if kind not in TaxFormKind.values:
        raise DomainError("unknown_form", _("This tax form is not known."), field="kind")


def _row_to_fill(partner: Partner, kind: str) -> TaxForm:
    """Return the row that was asked for, or a new one; one that was sent in before and waits is replaced."""
    waiting = TaxForm.objects.filter(partner=partner, kind=kind, status__in=WAITING).first()
    if waiting is not None and waiting.status == TaxFormStatus.REQUESTED:
        return waiting
    if waiting is not None:
        waiting.status = TaxFormStatus.REPLACED
        waiting.save(update_fields=["status"])
    return TaxForm(partner=partner, kind=kind)


def _fill(row: TaxForm, entry: TaxFormEntry, *, partner: Partner, today: date) -> None:
    row.name = " ".join(entry.name.split())[:140] or partner.name[:140]
    row.country = entry.country or ("US" if entry.kind == TaxFormKind.W9 else partner.country)
    row.reference = entry.reference.strip()[:200]
    if entry.kind == TaxFormKind.VAT:
        checked = check_vat_id(entry.number, country=row.country)
        if checked.fault is not None:
            sentence = _("This is no VAT id of that country: look at its first letters and its check digits.")
            raise DomainError("invalid_vat_id", sentence, field="number")
        row.number = checked.number
        return
    if entry.kind not in US_FORMS:
        return
    if entry.signed_on is None or entry.signed_on > today:
        raise DomainError("not_signed", _("Say when the form was signed; not a day to come."), field="signed_on")
    row.signed_on = entry.signed_on
    row.expires_on = w8_expires_on(entry.signed_on) if entry.kind in W8_FORMS else None
    number = entry.number.strip()
    if entry.kind == TaxFormKind.W9 and sum(letter.isdigit() for letter in number) != 9:  # noqa: PLR2004 - EIN and SSN
        raise DomainError("invalid_tax_number", _("A W-9 has a tax number of nine digits."), field="number")
    if number:
        row.seal_number(number)


def _lock_received(form_id: int, actor: Actor) -> TaxForm:
    row = TaxForm.objects.select_for_update(no_key=True).get(pk=form_id)
    require_second_person(actor, row.created_by_id)
    if row.status != TaxFormStatus.RECEIVED:
        raise StaleError(_("This form does not wait any more: it was decided or replaced."))
    return row


def _decide(row: TaxForm, *, status: TaxFormStatus, actor: Actor, now: datetime) -> None:
    row.status = status
    row.decided_at, row.decided_by_id, row.decided_label = now, actor.user_id, actor.label
    row.save(update_fields=["status", "decided_at", "decided_by", "decided_label", "refused_reason"])


def _end_rates(partner_id: int, on: date) -> None:
    """End the rate in force on a day; those that would begin on it or later are voided."""
    rows = WithholdingRate.objects.filter(partner_id=partner_id)
    for row in rows.filter(valid_from__gte=on).exclude(valid__isempty=True):
        row.valid_until = row.valid_from
        row.save(update_fields=["valid_until"])
    rows.filter(valid__contains=on).update(valid_until=on)


def _end_agreements(partner_id: int, on: date) -> int:
    return SelfBillingAgreement.objects.filter(partner_id=partner_id, valid__contains=on).update(valid_until=on)
