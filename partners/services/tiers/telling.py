"""The mails about tiers: to the owners of the partner and its channel manager, each in their own language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from partners.models import Membership, MembershipRole
from partners.policy.tiers import Check, Move, Notice, earliest_demotion
from partners.queries.tier_words import missing_sentence
from prm import formats, mail
from prm.models import Program, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partners.models import Partner, TierRun


def tell(
    partner: Partner,
    *,
    happened: Move | Notice,
    tier: str,
    checks: Sequence[Check],
    run: TierRun,
    now: datetime,
) -> None:
    """Write to the people whom a move or a warning concerns; ``checks`` are the criteria of the tier held."""
    program = Program.current()
    for address, language in _readers(partner):
        with translation.override(language or settings.LANGUAGE_CODE):
            values = {
                "partner": partner.name,
                "program": program.name,
                "tier": tier,
                "day": formats.day(run.effective_on),
                "facts": formats.day(run.as_of),
                "review": formats.day(earliest_demotion(run.evaluated_on, month=program.tier_review_month)),
            }
            subject, text = _words(happened)
            given = happened is Notice.GIVEN
            missing = [missing_sentence(check, program) for check in checks if check.holds is False and given]
            text = "\n".join([text % values, "", *(f"- {line}" for line in missing)]).strip()
            mail.send_later(to=[address], subject=subject % values, text=f"{text}\n", now=now, key=f"tier:{partner.pk}")


def _readers(partner: Partner) -> list[tuple[str, str]]:
    """Return addresses and languages: the active owners, and the manager whether known as a person or not."""
    owners = Membership.objects.filter(
        partner=partner, role=MembershipRole.OWNER, is_active=True, user__is_active=True
    ).values_list("user__email", "user__language")
    found = dict(owners)
    if partner.manager_email:
        language = User.objects.filter(email__iexact=partner.manager_email).values_list("language", flat=True).first()
        found.setdefault(partner.manager_email, language or "")
    return sorted(found.items())


def _words(happened: Move | Notice) -> tuple[str, str]:
    """Return subject and text with places for what they are about."""
    if happened is Move.PROMOTED:
        return (
            _("%(partner)s rises to %(tier)s"),
            _("All criteria of %(tier)s held on %(facts)s. From %(day)s on, %(partner)s holds it in %(program)s."),
        )
    if happened is Move.DEMOTED:
        return (
            _("%(partner)s holds %(tier)s from %(day)s on"),
            _("The criteria of the tier above did not all hold at the half-yearly review (facts of %(facts)s)."),
        )
    if happened is Notice.GIVEN:
        return (
            _("%(partner)s may lose %(tier)s"),
            _(
                "On %(facts)s not all criteria of %(tier)s held. Nothing changes now. If they do not hold at the review"
                " of %(review)s, %(partner)s goes down one tier; once they all hold, this warning is withdrawn."
            ),
        )
    return (
        _("%(partner)s keeps %(tier)s"),
        _("All criteria of %(tier)s held on %(facts)s: the warning is withdrawn."),
    )
