"""Each setting in words: what it is called, in which unit it counts, what it does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from deals.models import CreditRole, Origin
from deals.policy import Outcome
from deals.policy.wording import HEADINGS
from prm import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from deals.queries.preview import Shift
    from deals.queries.versions import Difference

    Words = str | _StrPromise

DAYS, BUSINESS_DAYS, CUSTOMERS = _("days"), _("business days"), _("customers")
CURRENCY = "currency"
"""Stands for the program's own currency."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as its field shows it."""

    name: str
    label: Words
    unit: Words = ""
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that stand together."""

    title: Words
    settings: tuple[Setting, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        _("What the rules compare"),
        (
            Setting(
                "minimum_expected_mrr", _("Minimum expected MRR"), CURRENCY, _("Per month. Empty: there is no minimum.")
            ),
            Setting(
                "lookalike_similarity",
                _("Names look alike from"),
                "",
                _("0.3 to 1, where 1 is the same name. Only customers of the same country are compared."),
            ),
            Setting("unbilled_win_days", _("A win counts without billing for"), DAYS),
            Setting("cool_off_days", _("Cool-off after a rejection or an expiry"), DAYS),
        ),
    ),
    Group(
        _("Decisions"),
        (
            Setting(
                "decision_sla_business_days",
                _("A decision is due after"),
                BUSINESS_DAYS,
                _("The clock stops while a registration is returned or waits."),
            ),
            Setting("answer_business_days", _("A question is answered within"), BUSINESS_DAYS),
            Setting("reversal_business_days", _("A rejection can be taken back within"), BUSINESS_DAYS),
            Setting("waiting_days", _("Longest wait in line"), DAYS),
            Setting("objection_business_days", _("The incumbent may object within"), BUSINESS_DAYS),
            Setting(
                "tell_taken_until",
                _("Tell “taken until”"),
                "",
                _("After a refused submission with a named contact at the customer’s domain the partner reads it."),
            ),
        ),
    ),
    Group(
        _("Protection"),
        (
            Setting("default_protection_days", _("Protection without a tier"), DAYS, _("Tiers have their own window.")),
            Setting("extension_days", _("One extension"), DAYS),
            Setting(
                "end_warning_days", _("Warnings before the end"), DAYS, _("Days before the end, separated by commas.")
            ),
            Setting("inactive_warning_days", _("Warn without an update for"), DAYS),
            Setting("inactive_release_days", _("Offer the release without an update for"), DAYS),
            Setting(
                "stages",
                _("Sales stages"),
                "",
                _("In their order, separated by commas. A protection begins in the first."),
            ),
        ),
    ),
    Group(
        _("Availability checks"),
        (
            Setting("checks_per_day", _("A partner may check a day"), CUSTOMERS, _("Web and API together.")),
            Setting(
                "checks_per_submission",
                _("Checked customers for each submission"),
                CUSTOMERS,
                _("Beyond it the answer is “submit to learn”, and the manager is told once."),
            ),
            Setting("fishing_window_days", _("Counted over"), DAYS),
        ),
    ),
    Group(
        _("Role of the deal credit by origin"),
        tuple(Setting(f"origin_{origin.value}", origin.label) for origin in Origin),
    ),
    Group(
        _("Leads"),
        (
            Setting("lead_answer_business_hours", _("A lead is answered within"), _("business hours")),
            Setting("lead_register_business_days", _("An accepted lead is registered within"), BUSINESS_DAYS),
            Setting("leads_per_partner", _("A partner holds at most"), _("open leads")),
        ),
    ),
)

SEVERITIES: dict[str, Words] = {"block": _("Block"), "review": _("Review"), "off": _("Off")}

SEVERITY_HINTS: dict[str, Words] = {
    "protected": _("The database keeps this one: block, or wait in line by the partner’s choice."),
    "own_duplicate": _("The database keeps this one."),
    "rival_pending": _("The earlier one is always decided first."),
    "incumbent": _("Block: without a letter of the customer; with one a person reviews."),
    "named_account": _("What follows is the list’s own policy."),
    "unverifiable": _("Without website and country a person always looks."),
    "related_account": _("Parent, subsidiaries and sister companies."),
}

OUTCOMES: dict[Outcome, Words] = {
    Outcome.REJECT: _("Rejected at once"),
    Outcome.WAIT: _("Waits in line"),
    Outcome.QUEUE: _("Before a person"),
    Outcome.APPROVE: _("Approved at once"),
}

OUTCOME_TONES = {Outcome.REJECT: "bad", Outcome.WAIT: "neutral", Outcome.QUEUE: "info", Outcome.APPROVE: "ok"}


def all_settings() -> dict[str, Setting]:
    """Return every setting by name."""
    return {setting.name: setting for group in GROUPS for setting in group.settings}


def difference_row(difference: Difference, *, currency: str) -> dict[str, str]:
    """Return a difference of two versions as a row: what, was, now."""
    name, part = difference.setting, difference.part
    if name == "severities":
        label = f"{_now(HEADINGS[part])} ({part})"
        was, now = str(SEVERITIES[difference.was]), str(SEVERITIES[difference.now])
        return {"name": label, "was": was, "now": now}
    if name == "origin_roles":
        roles = dict(CreditRole.choices)
        was, now = str(roles[difference.was]), str(roles[difference.now])
        return {"name": str(Origin(part).label), "was": was, "now": now}
    setting = all_settings()[name]
    was, now = (in_words(setting, value, currency=currency) for value in (difference.was, difference.now))
    return {"name": str(setting.label), "was": was, "now": now}


def in_words(setting: Setting, value: Any, *, currency: str) -> str:
    """Return a setting's value with its unit."""
    if value is None or value == []:
        return _now("none")
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    if setting.unit == CURRENCY:
        return formats.money(Decimal(value), currency)
    if isinstance(value, list | tuple):
        value = ", ".join(str(entry) for entry in value)
    return f"{value} {setting.unit}".strip()


def shift_words(shift: Shift) -> str:
    """Return which rule makes the difference: ``Cool-off: nothing → Review``."""
    before, after = (str(SEVERITIES.get(severity, _now("nothing"))) for severity in (shift.before, shift.after))
    return f"{_now(HEADINGS[shift.code])}: {before} → {after}"
