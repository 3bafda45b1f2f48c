"""Payout methods: entered by the partner or by finance, verified by somebody else, replaced and never edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import MethodKind, MethodStatus, Partner, PayoutMethod
from partners.policy.payees import Checked, Fault, check_account, check_bic, check_iban
from partners.services.activity import record_activity
from partners.services.onboarding import refresh_onboarding
from prm import audit
from prm.actors import Actor, ActorKind, InternalRole
from prm.calendar_days import program_today
from prm.currencies import CURRENCIES
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from datetime import datetime

FAULTS = {
    Fault.LENGTH: gettext_lazy("An IBAN of this country has another length. Look for a digit too many or too few."),
    Fault.CHECKSUM: gettext_lazy("The check digits do not fit: a digit is wrong, or two have changed places."),
    Fault.SHAPE: gettext_lazy("This is no account number as banks write it."),
    Fault.NOT_SEPA: gettext_lazy("SEPA does not reach this country. Choose a bank transfer."),
}


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """What somebody typed: ``account`` is an IBAN for SEPA, an IBAN or account number for a bank, else a text."""

    kind: str
    holder: str
    account: str
    currency: str = ""
    bic: str = ""
    bank_code: str = ""
    country: str = ""


def submit_payout_method(*, partner_id: int, entry: MethodEntry, actor: Actor, now: datetime) -> PayoutMethod:
    """Store a payout method that waits for verification; the one that it replaces ends today.

    Raises ``NotAllowedError`` for people who do not see the partner's money, ``DomainError`` naming the field.
    """
    require_payee_editor(actor, partner_id)
    row = _checked_method(partner_id, entry)
    today = program_today(now)
    row.valid_from = today
    row.created_at, row.created_by_id, row.created_label = now, actor.user_id, actor.label
    try:
        with transaction.atomic():
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
            _end_methods(partner_id, row.currency, today)
            row.save()
            data = {"kind": row.kind, "currency": row.currency, "account": row.masked}
            audit.record(action="payout_method.entered", actor=actor, now=now, target=row, data=data)
            record_activity(
                partner_id=partner.pk, kind="payout_method_entered", at=now, object_name=row.masked,
                user_id=actor.user_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return row


def verify_payout_method(*, method_id: int, actor: Actor, now: datetime) -> PayoutMethod:
    """Verify a method that somebody else entered: payouts go there from now on.

    Raises ``NotAllowedError`` for anybody but finance, ``DomainError`` (``four_eyes``) for who entered it and
    ``StaleError`` when it was decided or replaced meanwhile.
    """
    with transaction.atomic():
        row = _lock_waiting(method_id, actor)
        _decide(row, status=MethodStatus.VERIFIED, actor=actor, now=now)
        audit.record(action="payout_method.verified", actor=actor, now=now, target=row, data={"account": row.masked})
        record_activity(partner_id=row.partner_id, kind="payout_method_verified", at=now, object_name=row.masked)
    refresh_onboarding(partner_id=row.partner_id, now=now)
    return row


def refuse_payout_method(*, method_id: int, reason: str, actor: Actor, now: datetime) -> PayoutMethod:
    """Refuse a method with a reason that the partner reads; it ends today. Raises as ``verify_payout_method``."""
    said = require_reason(reason)
    with transaction.atomic():
        row = _lock_waiting(method_id, actor)
        row.refused_reason = said
        row.valid_until = program_today(now)
        _decide(row, status=MethodStatus.REFUSED, actor=actor, now=now)
        audit.record(action="payout_method.refused", actor=actor, now=now, target=row, reason=said)
        record_activity(partner_id=row.partner_id, kind="payout_method_refused", at=now, object_name=said)
    return row


def reveal_account(*, method_id: int, actor: Actor, now: datetime) -> str:
    """Return the whole account number to finance, and write down that it was read."""
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance sees whole account numbers."))
    with transaction.atomic():
        row = PayoutMethod.objects.get(pk=method_id)
        audit.record(action="payout_method.revealed", actor=actor, now=now, target=row, data={"account": row.masked})
    return row.account_number


def require_payee_editor(actor: Actor, partner_id: int) -> None:
    """Raise unless the actor is finance of the vendor, or an owner or finance person of this very partner."""
    if actor.is_partner:
        if actor.kind is ActorKind.PARTNER and actor.partner_scope == partner_id and actor.sees_money:
            return
    elif actor.has_role(InternalRole.FINANCE):
        return
    raise NotAllowedError(_("Only owners and finance change payout details."))


def require_second_person(actor: Actor, entered_by: int | None) -> None:
    """Raise unless the actor is finance and another person than the one who entered it (the shell stands outside)."""
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance verifies payout details."))
    if actor.kind is ActorKind.INTERNAL and entered_by is not None and entered_by == actor.user_id:
        raise DomainError("four_eyes", _("You entered this yourself. A second person verifies it."))


def require_reason(reason: str) -> str:
    """Return the reason without white space around it, or raise."""
    if not reason.strip():
        raise DomainError("reason_required", _("Say why. The partner reads it."), field="reason")
    return reason.strip()[:300]


def sentence_of(fault: Fault) -> str:
    """Return what is wrong with a number, for the person who typed it."""
    return str(FAULTS[fault])


def _checked_method(partner_id: int, entry: MethodEntry) -> PayoutMethod:
    """Return the unsaved row of an entry, its numbers in their compact spelling."""
    if entry.kind not in MethodKind.values:
        raise DomainError("unknown_kind", _("This way of paying is not known."), field="kind")
    holder = " ".join(entry.holder.split())
    if not holder or len(holder) > 70:  # noqa: PLR2004 - what a SEPA credit transfer carries
        raise DomainError("invalid_holder", _("Name the account holder, in at most 70 characters."), field="holder")
    currency = "EUR" if entry.kind == MethodKind.SEPA and not entry.currency else entry.currency
    if currency and currency not in CURRENCIES:
        raise DomainError("unknown_currency", _("This currency is not known."), field="currency")
    if entry.kind == MethodKind.SEPA and currency != "EUR":
        raise DomainError("method_sepa_is_euro", _("SEPA pays in euro alone."), field="currency")
    number = _account(entry)
    is_iban = number[:2].isalpha() and number[2:4].isdigit()
    row = PayoutMethod(
        partner_id=partner_id,
        kind=entry.kind,
        currency=currency,
        holder=holder,
        bic=_bic(entry),
        bank_code=entry.bank_code.strip()[:20],
        country=number[:2] if is_iban and entry.kind != MethodKind.OTHER else entry.country,
    )
    row.seal_account(number)
    return row


def _account(entry: MethodEntry) -> str:
    if entry.kind == MethodKind.OTHER:
        text = entry.account.strip()
        if not 4 <= len(text) <= 120:  # noqa: PLR2004 - long enough to mask, short enough to be one
            raise DomainError(
                "invalid_account", _("Say where the money goes, in 4 to 120 characters."), field="account"
            )
        return text
    sepa = entry.kind == MethodKind.SEPA
    return _number(check_iban(entry.account, sepa=True) if sepa else check_account(entry.account), "account")


def _bic(entry: MethodEntry) -> str:
    return _number(check_bic(entry.bic), "bic") if entry.bic.strip() else ""


def _number(checked: Checked, field: str) -> str:
    if checked.fault is not None:
        sentence = _("This is no BIC.") if field == "bic" else sentence_of(checked.fault)
        raise DomainError(f"invalid_{field}", sentence, field=field)
    return checked.number


def _end_methods(partner_id: int, currency: str, today: object) -> None:
    """End the method in force for the same currency; one that began today is voided."""
    PayoutMethod.objects.filter(partner_id=partner_id, currency=currency, valid__contains=today).update(
        valid_until=today
    )


def _lock_waiting(method_id: int, actor: Actor) -> PayoutMethod:
    row = PayoutMethod.objects.select_for_update(no_key=True).get(pk=method_id)
    require_second_person(actor, row.created_by_id)
    if row.status != MethodStatus.ENTERED or row.valid_until is not None:
        raise StaleError(_("This payout method does not wait any more: it was decided or replaced."))
    return row


def _decide(row: PayoutMethod, *, status: MethodStatus, actor: Actor, now: datetime) -> None:
    row.status = status
    row.decided_at, row.decided_by_id, row.decided_label = now, actor.user_id, actor.label
    row.save(update_fields=["status", "decided_at", "decided_by", "decided_label", "refused_reason", "valid_until"])
