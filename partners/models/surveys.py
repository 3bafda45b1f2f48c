"""Partner satisfaction: waves, invitations with their answers, and whom somebody promised to call."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from partners.policy.surveys import MOST_REMINDERS, is_closed, series_of
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from datetime import date

    from prm.actors import Actor


class PsatWave(models.Model):
    """A round of the partner satisfaction survey. It closes as ``closes_on`` begins; an empty one means closed.

    A wave that was loaded from a file has no ``opened_at``: nobody is asked here. From ``frozen_at`` on nobody is
    invited any more: at once in the half-yearly series, at the end of its month in the onboarding series.
    """

    code = models.SlugField(_("wave"), max_length=64, unique=True)
    opened_on = models.DateField(_("opened on"))
    closes_on = models.DateField(_("closes on"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("invitations frozen"), null=True, blank=True)

    class Meta:
        verbose_name = _("PSAT wave")
        constraints = [
            models.CheckConstraint(
                name="psat_wave_dates_in_order",
                condition=Q(opened_at__isnull=True) | Q(closes_on__isnull=False, closes_on__gte=F("opened_on")),
            ),
            models.CheckConstraint(
                name="psat_wave_frozen_is_open", condition=Q(frozen_at__isnull=True) | Q(opened_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def series(self) -> str:
        """Return the series: ``onboarding`` or (empty) the half-yearly one."""
        return series_of(self.code)

    @property
    def last_day(self) -> date:
        """Return the last day on which an open wave takes answers."""
        return (self.closes_on or self.opened_on) - timedelta(days=1)

    def is_closed(self, on: date) -> bool:
        """Whether it takes no more answers on a day."""
        return is_closed(self.closes_on, on)


class AnswerQuerySet(PartnerOwnedQuerySet["PsatInvitation"]):
    """Invitations and answers: a partner never learns who was asked or answered what."""

    def visible_to(self, actor: Actor) -> AnswerQuerySet:
        """Return all to the vendor's people, nothing to a partner's, not even of their own."""
        return self.all() if actor.is_internal else self.none()


class PsatInvitation(models.Model):
    """One person × partner × wave: invited, and perhaps answered with a score from 1 to 5.

    ``manager`` to ``type`` are the partner's groups as the wave opened: were they read today, a change of manager
    between two looks would tell one partner's answers.
    """

    wave = models.ForeignKey(PsatWave, on_delete=models.CASCADE, related_name="invitations")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="psat_invitations")
    user = models.ForeignKey("prm.User", on_delete=models.CASCADE, related_name="psat_invitations")
    invited_at = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True, db_default="")
    may_contact = models.BooleanField(_("may be contacted"), default=False, db_default=False)
    manager = models.CharField(_("channel manager"), max_length=254, blank=True, db_default="")
    tier = models.CharField(_("tier"), max_length=64, blank=True, db_default="")
    country = models.CharField(_("country"), max_length=2, blank=True, db_default="")
    type = models.CharField(_("type"), max_length=24, blank=True, db_default="")
    mailed_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0, db_default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("PSAT answer")
        constraints = [
            models.UniqueConstraint(name="psat_key", fields=["wave", "user", "partner"]),
            models.CheckConstraint(
                name="psat_score_1_to_5", condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5)
            ),
            models.CheckConstraint(
                name="psat_answer_complete",
                condition=Q(score__isnull=True, answered_at__isnull=True)
                | Q(score__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="psat_contact_needs_answer",
                condition=Q(score__isnull=False) | Q(comment="", may_contact=False),
            ),
            models.CheckConstraint(name="psat_reminders_bounded", condition=Q(reminders__lte=MOST_REMINDERS)),
        ]

    def __str__(self) -> str:
        return f"{self.wave}: {self.user}"


class PsatFollowUp(PublicModel):
    """Somebody was dissatisfied and may be contacted: a task of the partner's channel manager."""

    invitation = models.OneToOneField(PsatInvitation, on_delete=models.CASCADE, related_name="follow_up")
    opened_at = models.DateTimeField(_("opened"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("what came of it"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("PSAT follow-up")
        constraints = [
            models.CheckConstraint(
                name="psat_follow_up_done_is_said",
                condition=Q(done_at__isnull=False) | Q(done_by__isnull=True, note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation}"
