"""Registrations as a CRM keeps them: plain members directly, states through the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Account, Family, Origin, Registration, RegistrationStatus, Subscription
from deals.queries.references import find, find_code
from deals.queries.rules import rules_in_force
from deals.services.accounts import lock_identities
from deals.services.decisions import approve_registration, reject_registration
from deals.services.holding import lock_registration, store
from deals.services.progress import lose_registration, set_stage, withdraw_registration
from deals.services.submission import Deal, Source, submit_registration
from deals.services.upserts.keeping import ExternalId, check_name, note, require, require_system
from deals.services.winning import win_registration
from partners.models import Partner
from prm.errors import DomainError, StaleError
from prm.upserts import Upserted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

PLAIN = (
    "website",
    "company",
    "country",
    "expected_mrr",
    "currency",
    "expected_close_on",
    "contact",
    "note",
)
"""Members that are kept as the other system has them, in every state."""


@dataclass(frozen=True, slots=True)
class _Sync:
    """One upsert on its way: what came, from whom, when."""

    values: Mapping[str, Any]
    actor: Actor
    now: datetime


def upsert_registration(
    *, name: ExternalId, values: Mapping[str, Any], actor: Actor, now: datetime, version: int | None = None
) -> Upserted:
    """Make or change the registration that another system calls ``name``; a repeat changes nothing.

    A new one is submitted through the rules of engagement like any other. ``status`` names the state to
    reach, by the same services as everywhere (``submitted`` is met by anything that was submitted); partner,
    account and family of a registration do not change. Raises ``DomainError`` and ``StaleError``.
    """
    require_system(actor)
    check_name(name)
    sync = _Sync(values, actor, now)
    with transaction.atomic():
        lock_identities([f"registration:{name.source_system}:{name.external_id}"])
        seen = Registration.objects.visible_to(actor).filter(**name.key()).first()
        if seen is None:
            if version is not None:
                raise StaleError(_("There is no such registration yet."))
            created = _submit(name, sync)
            _reach(created, sync)
            return Upserted(created.pk, created=True, changed=False)
        before = seen.version
        registration = lock_registration(registration_id=seen.pk, actor=actor, version=version)
        _require_same(registration, sync)
        _keep(registration, sync)
        _reach(registration, sync)
        after = Registration.objects.values_list("version", flat=True).get(pk=seen.pk)
    return Upserted(seen.pk, created=False, changed=after != before)


def _submit(name: ExternalId, sync: _Sync) -> Registration:
    values, actor = sync.values, sync.actor
    require(values, ("partner", "family"))
    partner = find_code(Partner.objects.visible_to(actor), values["partner"], field="partner")
    account: Account | None = None
    if values.get("account") is not None:
        account = _account(values, actor)
    else:
        require(values, ("website",))
    if values.get("expected_mrr") is not None:
        require(values, ("currency",))
    deal = Deal(
        website=values.get("website", ""),
        company=values.get("company", ""),
        country=values.get("country", account.country if account else ""),
        family=find_code(Family.objects.all(), values["family"], field="family"),
        expected_mrr=values.get("expected_mrr"),
        currency=values.get("currency", ""),
        expected_close_on=values.get("expected_close_on"),
        contact=values.get("contact", ""),
        note=values.get("note", ""),
        stage=_known_stage(values.get("stage", ""), sync),
    )
    origin = values.get("origin", Origin.PARTNER)
    source = Source(name.source_system, name.external_id, origin, account)
    made = submit_registration(deal=deal, actor=actor, now=sync.now, holder_id=partner.pk, source=source)
    if values.get("distributor"):
        made.distributor = _distributor(values, actor)
        store(made)
    return made


def _distributor(values: Mapping[str, Any], actor: Actor) -> Partner | None:
    code = values["distributor"]
    found: Partner | None = find_code(Partner.objects.visible_to(actor), code, field="distributor") if code else None
    return found


def _require_same(registration: Registration, sync: _Sync) -> None:
    """Refuse another partner, customer or family: that would be another registration, with another place."""
    values, actor = sync.values, sync.actor
    same = {
        "partner": values.get("partner") in {None, registration.holder.code},
        "family": values.get("family") in {None, registration.family.code},
        "account": values.get("account") is None or _account(values, actor).pk == registration.account_id,
    }
    for field, is_same in same.items():
        if not is_same:
            sentence = _("A registration keeps its partner, customer and family; withdraw it and submit another.")
            raise DomainError("cannot_change", sentence, field=field)


def _account(values: Mapping[str, Any], actor: Actor) -> Account:
    found: Account = find(Account.objects.visible_to(actor), values["account"], field="account")
    return found


def _keep(registration: Registration, sync: _Sync) -> None:
    """Write the plain members that differ, once, under the lock that the caller holds."""
    before = Registration.objects.get(pk=registration.pk)
    columns = {column: sync.values[column] for column in PLAIN if column in sync.values}
    if "distributor" in sync.values:
        distributor = _distributor(sync.values, sync.actor)
        columns["distributor_id"] = distributor.pk if distributor else None
    if "stage" in sync.values and registration.status != RegistrationStatus.APPROVED:
        columns["stage"] = _known_stage(sync.values["stage"], sync)
    if "origin" in sync.values and registration.status != RegistrationStatus.WON:
        columns["origin"] = sync.values["origin"]
    differing = {column: value for column, value in columns.items() if getattr(before, column) != value}
    if differing:
        for column, value in differing.items():
            setattr(registration, column, value)
        store(registration)
        done = Upserted(registration.pk, created=False, changed=True)
        note(
            what="registration",
            done=done,
            before=before,
            row=registration,
            values=differing,
            actor=sync.actor,
            now=sync.now,
        )
    if "stage" in sync.values and registration.status == RegistrationStatus.APPROVED and sync.values["stage"]:
        set_stage(
            registration_id=registration.pk,
            actor=sync.actor,
            now=sync.now,
            version=None,
            stage=sync.values["stage"],
        )


def _known_stage(stage: str, sync: _Sync) -> str:
    if stage and stage not in rules_in_force(now=sync.now).stages:
        raise DomainError("unknown_stage", _("Choose one of the stages."), field="stage")
    return stage


def _reach(registration: Registration, sync: _Sync) -> None:
    """Bring the registration into the state that ``status`` names, if it is not there."""
    wanted = sync.values.get("status", RegistrationStatus.SUBMITTED)
    status = Registration.objects.values_list("status", flat=True).get(pk=registration.pk)
    if wanted in {status, RegistrationStatus.SUBMITTED}:
        return
    reason = sync.values.get("reason", "")
    common: dict[str, Any] = {
        "registration_id": registration.pk,
        "actor": sync.actor,
        "now": sync.now,
        "version": None,
    }
    if wanted == RegistrationStatus.WON:
        win_registration(**common, subscription=_subscription(sync))
    elif wanted == RegistrationStatus.APPROVED:
        approve_registration(**common, reason=reason)
    elif wanted == RegistrationStatus.REJECTED:
        reject_registration(**common, reason=reason)
    elif wanted == RegistrationStatus.LOST:
        lose_registration(**common, reason=reason)
    elif wanted == RegistrationStatus.WITHDRAWN:
        withdraw_registration(**common, reason=reason)
    else:
        raise DomainError("wrong_state", _("No system sets this state; the rules do."), field="status")


def _subscription(sync: _Sync) -> Subscription:
    reference = sync.values.get("subscription")
    if reference is None:
        raise DomainError("subscription_needed", _("Say which subscription it became."), field="subscription")
    found: Subscription = find(Subscription.objects.visible_to(sync.actor), reference, field="subscription")
    return found
