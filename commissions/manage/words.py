"""The words of a run's review: causes, warnings, what the decision does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from commissions.kinds import Kind
from prm import formats

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from commissions.queries.changes import Cause

Words = str | Promise


@dataclass(frozen=True, slots=True)
class CauseWords:
    """A cause by its name, and how many it was (``%d`` subscriptions, or partners)."""

    name: Words
    count: Words
    by_partner: bool = False


_SUBSCRIPTIONS = ngettext_lazy("%d subscription", "%d subscriptions")

CAUSES: dict[str, CauseWords] = {
    "new": CauseWords(gettext_lazy("New customers"), ngettext_lazy("%d started", "%d started")),
    "began": CauseWords(gettext_lazy("Newly credited or covered"), _SUBSCRIPTIONS),
    "upgrade": CauseWords(gettext_lazy("Upgrades"), _SUBSCRIPTIONS),
    "full_month": CauseWords(gettext_lazy("First full month"), _SUBSCRIPTIONS),
    "one_off": CauseWords(gettext_lazy("One-offs"), _SUBSCRIPTIONS),
    "tier": CauseWords(gettext_lazy("Tier changes"), ngettext_lazy("%d partner", "%d partners"), by_partner=True),
    "rate": CauseWords(gettext_lazy("Changed rules"), _SUBSCRIPTIONS),
    "age": CauseWords(gettext_lazy("Past a rate’s last month"), ngettext_lazy("%d customer", "%d customers")),
    "share": CauseWords(gettext_lazy("Corrected shares"), _SUBSCRIPTIONS),
    "downgrade": CauseWords(gettext_lazy("Downgrades"), _SUBSCRIPTIONS),
    "part_month": CauseWords(gettext_lazy("Part of a month"), _SUBSCRIPTIONS),
    "stopped": CauseWords(gettext_lazy("No longer credited or covered"), _SUBSCRIPTIONS),
    "ended": CauseWords(gettext_lazy("Customers ended"), ngettext_lazy("%d ended", "%d ended")),
    "one_off_past": CauseWords(gettext_lazy("Last month’s one-offs"), _SUBSCRIPTIONS),
    "clawback": CauseWords(gettext_lazy("Clawbacks"), ngettext_lazy("%d left early", "%d left early")),
    "true_up": CauseWords(gettext_lazy("Corrections"), _SUBSCRIPTIONS),
    "true_up_past": CauseWords(gettext_lazy("Last month’s corrections"), _SUBSCRIPTIONS),
    "catch_up": CauseWords(gettext_lazy("Earlier months, first time"), _SUBSCRIPTIONS),
    "catch_up_past": CauseWords(gettext_lazy("Last month’s earlier months"), _SUBSCRIPTIONS),
    "other": CauseWords(gettext_lazy("Other"), _SUBSCRIPTIONS),
}


def cause_name(cause: Cause) -> str:
    """Return what changed."""
    return str(CAUSES[cause.code].name)


def cause_count(cause: Cause) -> str:
    """Return how many changed; nothing for partner-wide amounts without a subscription."""
    words = CAUSES[cause.code]
    count = cause.partners if words.by_partner else cause.subscriptions
    return str(words.count % count) if count else ""


@dataclass(frozen=True, slots=True)
class CauseList:
    """The largest causes of a partner's change by name, with their amounts; ``rest`` says how many more there are."""

    named: tuple[tuple[str, Decimal], ...]
    count: str
    rest: str


def causes_in_words(causes: tuple[Cause, ...], *, most: int = 2) -> CauseList:
    """Return the causes in words; a single one needs no amount, but says how many it was."""
    rest = len(causes) - most
    return CauseList(
        named=tuple((cause_name(cause), cause.amount) for cause in causes[:most]),
        count=cause_count(causes[0]) if len(causes) == 1 else "",
        rest=ngettext("%d more", "%d more", rest) % rest if rest > 0 else "",
    )


@dataclass(frozen=True, slots=True)
class WarningWords:
    """How a warning's code reads. ``title`` of several at once takes ``%(count)d``."""

    title: Words
    text: Words
    icon: str
    tone: str


WARNINGS: dict[str, WarningWords] = {
    "partner_not_active": WarningWords("", gettext_lazy("Not active: money accrues, nothing is paid"), "pause", "bad"),
    "no_rule": WarningWords("", gettext_lazy("Credited customers that no rule of the plan pays"), "warning", "warn"),
    "share_below_100": WarningWords(
        gettext_lazy("Customers credited below 100 %"),
        gettext_lazy("The rest of the credit goes to nobody."),
        "warning",
        "warn",
    ),
    "no_credit": WarningWords(
        gettext_lazy("Partner customers without a credit"),
        gettext_lazy("Bought through a partner, credited to nobody."),
        "warning",
        "warn",
    ),
}
UNKNOWN = WarningWords(gettext_lazy("Look at this before approving"), "", "warning", "warn")


def warning_words(code: str) -> WarningWords:
    """Return the words of a code; an unknown one still asks for a look."""
    return WARNINGS.get(code, UNKNOWN)


def kind_word(kind: str) -> str:
    """Return the name of a kind."""
    return str(Kind(kind).label) if kind in Kind.values else kind


def consequences(*, entries: int, statements: int) -> str:
    """Say what the approval does, before the click."""
    posts = ngettext("Approval posts %d entry", "Approval posts %d entries", entries) % entries
    issues = ngettext("issues %d statement", "issues %d statements", statements) % statements
    return _("%(posts)s and %(issues)s. It cannot be undone; corrections post as true-ups.") % {
        "posts": posts,
        "issues": issues,
    }


def month_name(month: date | None) -> str:
    """Return the name of the month to compare with, for a column's head."""
    return formats.month(month, style="name") if month else _("before")
