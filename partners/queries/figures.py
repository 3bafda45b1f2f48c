"""A question about key figures as a door receives it: the scope, and the partner by its code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from prm.metrics.asking import QuestionError, parameters_of, scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from prm.actors import Actor
    from prm.metrics import Scope

NO_PARTNER = _("There is no such partner.")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the code of the partner where it is about one."""

    scope: Scope
    partner: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """Return the question as parameters of an address."""
        return parameters_of(self.scope) | ({"partner": self.partner} if self.partner else {})


def question_of(asked: Mapping[str, str], *, today: date, actor: Actor) -> Question:
    """Return the question of an address. A partner asks about itself, also where it names nobody.

    Raises ``QuestionError``; for another partner's code the same as for one that does not exist.
    """
    code = asked.get("partner", "").strip()
    if not code and actor.partner_scope is None:
        return Question(scope_of(asked, today=today))
    found = Partner.objects.visible_to(actor)
    partner = found.filter(code=code).first() if code else found.first()
    if partner is None:
        raise QuestionError("partner", NO_PARTNER)
    return Question(scope_of(asked, today=today, partner_id=partner.pk), partner.code)
