"""A customer names its partner in a letter: brought, verified, announced, objected to, decided."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.identity import domain_of
from deals.models import (
    AccountDomain,
    LetterFile,
    LetterNotice,
    LetterStatus,
    RecordLetter,
    Registration,
    RegistrationStatus,
)
from deals.policy.record import LARGEST_LETTER, in_force_from, media_type_of
from deals.queries.letters import incumbents_of
from deals.queries.rules import business_hours, day_of, rules_in_force
from deals.services.decisions import require_decider, require_reason
from deals.services.holding import lock_account
from deals.services.letter_news import tell_bringer, tell_incumbent, tell_manager
from deals.services.progress import lock_held, require_party
from prm import audit, outbox
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error
from prm.files.scanning import scan
from prm.models import Program

if TYPE_CHECKING:
    from prm.actors import Actor

OPEN_TO_LETTERS = (
    RegistrationStatus.DRAFT,
    RegistrationStatus.SUBMITTED,
    RegistrationStatus.RETURNED,
    RegistrationStatus.WAITING,
    RegistrationStatus.APPROVED,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A letter as it was sent: the file, and who signed it at the customer."""

    name: str
    content: bytes
    signer_name: str
    signer_email: str
    signed_on: date


def upload_letter(
    *, registration_id: int, upload: Upload, actor: Actor, now: datetime, version: int | None = None
) -> RecordLetter:
    """Keep a letter with the registration of the partner that it names; it replaces one not looked at yet.

    Raises ``DomainError`` for a file that is no PDF, PNG or JPEG, is empty or over 5 MB, or was signed later than
    today, and when the registration is over.
    """
    require_party(actor)
    media_type = _checked(upload, today=day_of(now, Program.current()))
    scan(name=upload.name, content=upload.content, field="file")
    with transaction.atomic():
        registration = lock_held(registration_id, actor=actor, version=version)
        if registration.status not in OPEN_TO_LETTERS:
            raise DomainError("wrong_state", _("A letter belongs to an open registration."))
        registration.letters.filter(status=LetterStatus.UPLOADED).update(status=LetterStatus.REPLACED)
        letter = RecordLetter.objects.create(
            registration=registration,
            file_name=PurePath(upload.name.replace("\\", "/")).name[-120:] or "letter",
            media_type=media_type,
            size=len(upload.content),
            sha256=hashlib.sha256(upload.content).hexdigest(),
            signer_name=upload.signer_name.strip(),
            signer_email=upload.signer_email.strip().lower(),
            signed_on=upload.signed_on,
            uploaded_at=now,
            uploaded_by_id=actor.user_id,
        )
        LetterFile.objects.create(letter=letter, content=upload.content)
        note(letter, "uploaded", actor=actor, now=now, data={"sha256": letter.sha256})
        tell_manager(letter, _("A customer names its partner in a letter. Verify who signed it."), now=now)
    return letter


def verify_letter(
    *,
    letter_id: int,
    how: str,
    effective_on: date | None,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    elsewhere: str = "",
) -> RecordLetter:
    """Say that the signer speaks for the customer: incumbents are told, without a name, and may object.

    The signer's address must be at a domain of the customer, its parent or its units. Of somebody elsewhere (a holding,
    an agency) a person says in ``elsewhere`` why that one speaks for the customer; it stands in the trail, with the
    domain. ``how`` it was verified is kept. It holds from ``effective_on``, at the earliest on the day after the last
    objection is possible.
    """
    require_decider(actor)
    require_reason(how)
    with transaction.atomic():
        letter = lock_letter(letter_id, actor=actor, version=version)
        _require(letter, LetterStatus.UPLOADED)
        registration = letter.registration
        if registration.account_id is None:
            raise DomainError("wrong_state", _("It is verified once the deal was submitted."))
        foreign = _foreign_domain(letter)
        if foreign and not elsewhere.strip():
            raise DomainError(
                "contact_not_verified",
                _("%(email)s is at no domain of this customer. Say why the signer speaks for it all the same.")
                % {"email": letter.signer_email},
                field="elsewhere",
            )
        words = [how.strip(), elsewhere.strip()] if foreign else [how.strip()]
        program = Program.current()
        until = business_hours(program).add_days(now, rules_in_force(now=now).objection_business_days)
        today, first = day_of(now, program), day_of(until, program) + timedelta(days=1)
        letter.status = LetterStatus.ANNOUNCED
        letter.verified_at, letter.verified_by_id, letter.verified_how = now, actor.user_id, "\n".join(words)
        letter.objection_until = until
        letter.effective_on = in_force_from(wanted=effective_on, first=first, today=today)
        _store(letter)
        for partner in incumbents_of(registration, day=letter.effective_on, now=now):
            notice = LetterNotice.objects.create(letter=letter, partner=partner, told_at=now)
            tell_incumbent(notice, now=now)
        data = {"until": until.isoformat(), "effective_on": letter.effective_on.isoformat()}
        if foreign:
            data |= {"signer_domain": foreign, "signer_elsewhere": elsewhere.strip()}
        note(letter, "announced", actor=actor, now=now, reason=how, data=data)
    return letter


def object_to_letter(*, notice_id: int, text: str, actor: Actor, now: datetime) -> LetterNotice:
    """Object as the incumbent, within the days that it has; the manager decides."""
    if not actor.is_partner or not actor.registers_deals:
        raise NotAllowedError(_("Only owners and sellers of your company register deals."))
    if not text.strip():
        raise DomainError("reason_needed", _("Say why you object."), field="text")
    with transaction.atomic():
        seen = LetterNotice.objects.visible_to(actor).filter(pk=notice_id).first()
        if seen is None:
            raise NotAllowedError
        letter = _locked(seen.letter_id)
        notice = LetterNotice.objects.select_for_update(no_key=True).get(pk=notice_id)
        is_open = letter.status in {LetterStatus.ANNOUNCED, LetterStatus.OBJECTED}
        if not is_open or letter.objection_until is None or letter.objection_until <= now:
            raise DomainError("too_late", _("The time to object is over."))
        if notice.objected_at is not None:
            raise DomainError("wrong_state", _("You have objected already."))
        notice.objected_at, notice.objected_by_id, notice.objection = now, actor.user_id, text.strip()
        notice.save()
        letter.status = LetterStatus.OBJECTED
        _store(letter)
        note(letter, "objected", actor=actor, now=now, reason=text)
        tell_manager(letter, _("The incumbent objects to the letter. Decide whether it holds."), now=now)
    return notice


def decide_letter(
    *, letter_id: int, holds: bool, reason: str, actor: Actor, now: datetime, version: int | None = None
) -> RecordLetter:
    """Decide whether a letter holds: refuse one at any time before it is in force, or confirm one objected to.

    A confirmed one keeps its day, and is in force at the earliest today; who brought it reads ``reason``.
    """
    require_decider(actor)
    require_reason(reason)
    with transaction.atomic():
        letter = lock_letter(letter_id, actor=actor, version=version)
        if holds:
            _require(letter, LetterStatus.OBJECTED)
            letter.status = LetterStatus.CONFIRMED
            today = day_of(now, Program.current())
            letter.effective_on = in_force_from(wanted=letter.effective_on, first=today, today=today)
        else:
            _require(letter, LetterStatus.UPLOADED, *map(LetterStatus, ("announced", "objected", "confirmed")))
            letter.status = LetterStatus.REFUSED
        letter.decided_at, letter.decided_by_id, letter.decision_reason = now, actor.user_id, reason.strip()
        _store(letter)
        note(letter, letter.status, actor=actor, now=now, reason=reason)
        said = _("The letter holds.") if holds else _("The letter was refused.")
        tell_bringer(letter, said, reason, now=now)
    return letter


def lock_letter(letter_id: int, *, actor: Actor, version: int | None) -> RecordLetter:
    """Return a letter of ours as it is after everybody before us, its customer's row locked."""
    seen = RecordLetter.objects.visible_to(actor).filter(pk=letter_id).first()
    if seen is None:
        raise NotAllowedError
    letter = _locked(letter_id)
    if version not in {None, letter.version}:
        raise StaleError(_("Somebody else changed this letter. Look at it again."))
    return letter


def note(
    letter: RecordLetter,
    what: str,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Write what happened to a letter into the audit trail and the outbox."""
    audit.record(
        action=f"record_letter.{what}", actor=actor, now=now, target=letter, reason=reason.strip(), data=data or {}
    )
    payload = {
        "letter": str(letter.public_id),
        "registration": str(letter.registration.public_id),
        "status": letter.status,
        "effective_on": letter.effective_on.isoformat() if letter.effective_on else None,
        "at": now.isoformat(),
    }
    outbox.publish(topic=f"record_letter.{what}", key=f"letter:{letter.public_id}", payload=payload, now=now)


def _locked(letter_id: int) -> RecordLetter:
    account_id = Registration.objects.filter(letters=letter_id).values_list("account_id", flat=True).get()
    if account_id is not None:
        lock_account(account_id)
    return (
        RecordLetter.objects.select_for_update(no_key=True, of=("self",))
        .select_related("registration__holder", "registration__account", "registration__family")
        .get(pk=letter_id)
    )


def _store(letter: RecordLetter) -> None:
    letter.version += 1
    try:
        with transaction.atomic():
            letter.save()
    except IntegrityError as error:
        raise as_domain_error(error) from error


def _require(letter: RecordLetter, *statuses: LetterStatus) -> None:
    if letter.status not in statuses:
        raise DomainError(
            "wrong_state", _("This letter is “%(state)s” already.") % {"state": letter.get_status_display()}
        )


def _checked(upload: Upload, *, today: date) -> str:
    """Return the media type of a file that may be kept."""
    if not upload.content or len(upload.content) > LARGEST_LETTER:
        raise DomainError("wrong_size", _("A letter has at most 5 MB."), field="file")
    media_type = media_type_of(upload.content)
    if not media_type:
        raise DomainError("wrong_type", _("A letter is a PDF, PNG or JPEG file."), field="file")
    if not upload.signer_name.strip() or "@" not in upload.signer_email:
        raise DomainError("signer_needed", _("Say who signed it, with an e-mail address."), field="signer_email")
    if upload.signed_on > today:
        raise DomainError("signed_later", _("It cannot be signed in the future."), field="signed_on")
    return media_type


def _domains(registration: Registration) -> set[str]:
    """Return the domains of the customer, its parent and its units."""
    account = registration.account
    if account is None:
        return set()
    family = {account.pk, account.parent_id, *account.children.values_list("pk", flat=True)} - {None}
    return set(AccountDomain.objects.filter(account__in=family).values_list("domain", flat=True))


def _foreign_domain(letter: RecordLetter) -> str:
    """Return the domain of the signer's address where the customer has none like it; else nothing."""
    host = letter.signer_email.rpartition("@")[2]
    return "" if domain_of(host) in _domains(letter.registration) else host
