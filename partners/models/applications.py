"""Applications to become a partner, what is asked of applicants, and the sentences in which decisions are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerType
from prm.models.base import EffectiveDated, PublicModel, ordered_dates

if TYPE_CHECKING:
    from prm.actors import Actor


class ScreeningQuestion(EffectiveDated):
    """A question of the public form on the days of its range; its answers give points that weigh in the score."""

    code = models.SlugField(_("code"), max_length=40)
    text = models.CharField(_("question"), max_length=200)
    weight = models.PositiveSmallIntegerField(_("weight"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("screening question")
        ordering = ["position", "id"]
        constraints = [
            ordered_dates("screening_dates_in_order"),
            ExclusionConstraint(
                name="screening_no_overlap",
                expressions=[("code", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(name="screening_weight_to_100", condition=Q(weight__lte=100)),
        ]

    def __str__(self) -> str:
        return self.text


class ScreeningChoice(models.Model):
    """An answer that can be chosen, and its points."""

    question = models.ForeignKey(ScreeningQuestion, on_delete=models.CASCADE, related_name="choices")
    text = models.CharField(_("answer"), max_length=200)
    points = models.PositiveSmallIntegerField(_("points"))

    class Meta:
        verbose_name = _("answer")
        ordering = ["points", "id"]
        constraints = [models.UniqueConstraint(name="screening_choice_key", fields=["question", "text"])]

    def __str__(self) -> str:
        return self.text


class ApplicationStatus(models.TextChoices):
    """Where an application stands; an unconfirmed one is seen by nobody but its sender."""

    UNCONFIRMED = "unconfirmed", _("Address not confirmed")
    APPLIED = "applied", _("Applied")
    IN_REVIEW = "in_review", _("In review")
    ASKED = "asked", _("Asked")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    JOINED = "joined", _("Joined to the first")


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Named reads of applications."""

    def visible_to(self, actor: Actor) -> Self:
        """Return what ``actor`` may see: internal people all whose address is confirmed, others none."""
        return self.exclude(status=ApplicationStatus.UNCONFIRMED) if actor.is_internal else self.none()


class Application(PublicModel):
    """What a company sent in; ``parts`` keeps the questions, answers and weights of that day."""

    company = models.CharField(_("company"), max_length=200)
    website = models.CharField(_("website"), max_length=253, blank=True)
    domain = models.CharField(_("domain"), max_length=253, blank=True, db_index=True)
    country = models.CharField(_("country"), max_length=2)
    type = models.CharField(_("type"), max_length=24, choices=PartnerType)
    contact_name = models.CharField(_("contact person"), max_length=160)
    contact_email = models.EmailField(_("e-mail"))
    message = models.TextField(_("message"), blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    status = models.CharField(
        _("status"), max_length=16, choices=ApplicationStatus, default=ApplicationStatus.UNCONFIRMED
    )
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    parts = models.JSONField(default=list)
    submitted_at = models.DateTimeField(_("sent"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    review_at = models.DateTimeField(_("in review since"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    manager_email = models.EmailField(_("channel manager"), blank=True)
    joined_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="joined")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="applications")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.CheckConstraint(name="application_type_known", condition=Q(type__in=PartnerType.values)),
            models.CheckConstraint(name="application_status_known", condition=Q(status__in=ApplicationStatus.values)),
            models.CheckConstraint(
                name="application_confirmed_is_dated",
                condition=Q(status="unconfirmed", confirmed_at__isnull=True)
                | (~Q(status="unconfirmed") & Q(confirmed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="application_joined_to_a_first",
                condition=Q(status="joined", joined_to__isnull=False)
                | (~Q(status="joined") & Q(joined_to__isnull=True)),
            ),
            models.CheckConstraint(
                name="application_approved_has_partner",
                condition=~Q(status="approved") | Q(partner__isnull=False),
            ),
            models.CheckConstraint(name="application_score_to_100", condition=Q(score__gte=0, score__lte=100)),
        ]

    def __str__(self) -> str:
        return self.company


class ApplicationNote(models.Model):
    """One line of an application's history: what was done, asked, answered or joined."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("note of an application")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class ReasonKind(models.TextChoices):
    """For which decision a sentence is offered."""

    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    ASK = "ask", _("Ask")


class ApplicationReason(models.Model):
    """A sentence that applicants read with a decision, offered to whoever decides."""

    kind = models.CharField(_("decision"), max_length=8, choices=ReasonKind)
    text = models.CharField(_("sentence"), max_length=400)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("reason for applicants")
        verbose_name_plural = _("reasons for applicants")
        ordering = ["kind", "position", "id"]
        constraints = [
            models.UniqueConstraint(name="application_reason_key", fields=["kind", "text"]),
            models.CheckConstraint(name="application_reason_kind_known", condition=Q(kind__in=ReasonKind.values)),
        ]

    def __str__(self) -> str:
        return self.text
