"""The one sentence under home's heading: what needs the person first, and when they were last here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm import formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from prm.needs import Need


def state_sentence(*, needs: Sequence[Need], since: datetime | None, now: datetime) -> str:
    """Return “3 things need you, the first by 15:00 today. Your last visit was on 18 November”."""
    return f"{_what_needs(needs, now=now)} {_last_visit(since, now=now)}"


def _what_needs(needs: Sequence[Need], *, now: datetime) -> str:
    if not needs:
        return _("Nothing needs you at the moment.")
    count, due = len(needs), needs[0].due_at
    if due is None:
        return ngettext("%(count)s thing needs you.", "%(count)s things need you.", count) % {
            "count": formats.number(count)
        }
    if due < now:
        sentence = ngettext(
            "%(count)s thing needs you, and it is late.", "%(count)s things need you, the first is late.", count
        )
        return sentence % {"count": formats.number(count)}
    sentence = ngettext(
        "%(count)s thing needs you, by %(when)s.", "%(count)s things need you, the first by %(when)s.", count
    )
    return sentence % {"count": formats.number(count), "when": _by(due, now=now)}


def _by(due: datetime, *, now: datetime) -> str:
    if timezone.localdate(due) == timezone.localdate(now):
        return _("%(time)s today") % {"time": formats.clock(due)}
    return formats.day(due, style="near")


def _last_visit(since: datetime | None, *, now: datetime) -> str:
    if since is None:
        return _("This is your first visit.")
    if timezone.localdate(since) == timezone.localdate(now):
        return _("Your last visit was today at %(time)s.") % {"time": formats.clock(since)}
    return _("Your last visit was on %(day)s.") % {"day": formats.day(since, style="near")}
