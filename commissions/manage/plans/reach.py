"""Whom a rule matches, in words: how many, and what pays there instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commissions.queries.rule_words import rule_sentence
from prm import formats

if TYPE_CHECKING:
    from commissions.queries.rule_reach import Reach, ReachPart


@dataclass(frozen=True, slots=True)
class ReachShown:
    """The sentence, and a line for each other rule: what happens there, subscriptions, whose."""

    sentence: str
    lines: tuple[tuple[str, int, str], ...] = ()


def reach_in_words(reach: Reach | None, *, ending: bool = False) -> ReachShown:
    """Return whom a rule matches; ``ending`` says what is paid there once it is gone."""
    if reach is None:
        return ReachShown(_("It holds on no day and matches nothing."))
    values = {
        "day": formats.day(reach.day),
        "many": _subscriptions(reach.subscriptions),
        "whose": _partners(reach.partners),
    }
    if not reach.subscriptions:
        empty = (
            _("It matches no customer that started in the year to %(day)s.")
            if reach.is_one_off
            else _("On %(day)s it matches no customer.")
        )
        return ReachShown(empty % values)
    sentence = (
        _("Of the customers that started in the year to %(day)s it matches %(many)s of %(whose)s.")
        if reach.is_one_off
        else _("On %(day)s it matches %(many)s of %(whose)s.")
    )
    lines = tuple((_line(part, ending=ending), part.subscriptions, _partners(part.partners)) for part in reach.parts)
    return ReachShown(sentence % values, lines)


def _line(part: ReachPart, *, ending: bool) -> str:
    if part.rule is None:
        return _("Nothing is paid there afterwards") if ending else _("Pays where no other rule does")
    if ending:
        text = _("“%(rule)s” pays there afterwards") if part.takes_over else _("“%(rule)s” pays there already")
    else:
        text = _("Pays instead of “%(rule)s”") if part.takes_over else _("Gives way to “%(rule)s”")
    return text % {"rule": rule_sentence(part.rule)}


def _subscriptions(count: int) -> str:
    return ngettext("%(count)s subscription", "%(count)s subscriptions", count) % {"count": formats.number(count)}


def _partners(count: int) -> str:
    return ngettext("%(count)s partner", "%(count)s partners", count) % {"count": formats.number(count)}
