"""The live verdict in words: one shape for all of them, no date, no rule, no hint of anyone else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.policy import Verdict

if TYPE_CHECKING:
    from deals.models import Family
    from deals.services.checks import Answer


@dataclass(frozen=True, slots=True)
class Shown:
    """What the box says; ``state`` is one of the component's."""

    state: str
    title: str
    text: str


def shown(answer: Answer | None, typed: str, family: Family | None) -> Shown:
    """Return the box for ``answer``; without one, for what is not a whole domain yet."""
    if answer is None:
        if not typed.strip():
            return Shown("idle", _("Type the customer’s website"), _("We look when the domain is complete."))
        return Shown(
            "idle", _("Not a complete domain yet"), _("Type the company’s own domain, for example example.com.")
        )
    values = {"domain": answer.domain, "family": family.name if family else ""}
    return _of(answer.verdict, values)


def _of(verdict: Verdict, values: dict[str, str]) -> Shown:
    words = {
        Verdict.AVAILABLE: (
            "available",
            _("Available"),
            _("You can register %(domain)s for %(family)s. The place is yours when you submit, not before."),
        ),
        Verdict.NEEDS_REVIEW: (
            "review",
            _("Needs review"),
            _("You can submit %(domain)s for %(family)s. A person decides, and you read the reason."),
        ),
        Verdict.NOT_AVAILABLE: (
            "not_available",
            _("Not available"),
            _("%(domain)s cannot be registered for %(family)s now. You can submit and wait in line."),
        ),
        Verdict.CANNOT_TELL: (
            "unknown",
            _("Cannot tell"),
            _("This address belongs to many. Type the company’s own domain, or submit and a person looks."),
        ),
        Verdict.SUBMIT_TO_LEARN: (
            "unknown",
            _("Submit to learn"),
            _("You have looked at many customers. Submit %(domain)s and you get the answer with its reason."),
        ),
    }
    state, title, text = words[verdict]
    return Shown(state, title, text % values)
