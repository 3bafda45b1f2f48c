"""The one sentence under a deal's heading: what is next, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from prm import formats

if TYPE_CHECKING:
    from deals.queries.deals import DealRow


def next_step(row: DealRow, *, vendor: str, was_extended: bool) -> str:
    """Return what is next for a deal in its state; no word about anybody else."""
    registration = row.registration
    due = formats.moment(registration.due_at, style="weekday") if registration.due_at else ""
    values = {"vendor": vendor, "due": due, "until": formats.day(row.until) if row.until else ""}
    if row.code in {"approved", "ends_soon"}:
        return _protected(was_extended=was_extended) % values
    sentences = {
        "draft": _("Not submitted yet: it has no queue position."),
        "submitted": _("%(vendor)s decides by %(due)s. You see the rule and the reason, whatever the answer."),
        "returned": _("%(vendor)s asked for more information. Answer by %(due)s; your queue position is kept."),
        "waiting": _("You wait in line with your queue position. You hear from us when the customer is free."),
        "bidding": _("You may bid in the tender until %(until)s; others may be approved for it too."),
        "rejected": _("It was rejected; the reason is below."),
        "withdrawn": _("It was withdrawn and protects nothing."),
        "won": _("You won it. Commission begins with the subscription."),
        "lost": _("It was lost. You can register the customer again when that changes."),
        "expired": _("The protection is over. If the customer signed after all, tell your channel manager."),
        "revoked": _("It was revoked and protects nothing."),
        "superseded": _("Another registration took its place."),
    }
    return sentences.get(row.code, "") % values


def _protected(*, was_extended: bool) -> str:
    if was_extended:
        return _("Protected until %(until)s: nobody else can be approved for it. It was extended once.")
    return _("Protected until %(until)s: nobody else can be approved for it. You can ask once for 30 more days.")
