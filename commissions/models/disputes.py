"""Disputes: a partner questions an entry, the lack of one, or a statement; somebody answers; the thread stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from commissions.models.adjustments import Adjustment
from commissions.models.runs import Run
from commissions.models.statements import Statement
from prm.models.base import PublicModel, currency_field

if TYPE_CHECKING:
    from prm.actors import Actor

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class DisputeStatus(models.TextChoices):
    """Whose turn it is; the last two are closed."""

    OPEN = "open", _("Waits for an answer")
    WAITING_FOR_PARTNER = "waiting_for_partner", _("Waits for the partner")
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


GOING_ON = (DisputeStatus.OPEN, DisputeStatus.WAITING_FOR_PARTNER)


class DisputeOutcome(models.TextChoices):
    """How a dispute was answered."""

    ADJUSTED = "adjusted", _("Adjusted")
    EXPLAINED = "explained", _("Explained")


class DisputeQuerySet(models.QuerySet["Dispute"]):
    """Named reads of disputes."""

    def visible_to(self, actor: Actor) -> DisputeQuerySet:
        """Return what ``actor`` may see: its own partner's, if its role sees money."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope)

    def going_on(self) -> DisputeQuerySet:
        """Return those that are not closed."""
        return self.filter(status__in=GOING_ON)


class Dispute(PublicModel):
    """A question about money of one approved ``run``.

    It is about an entry's key (``kind``, ``earned_period``, for all but an accelerator ``subscription``), about the
    lack of one (the same; ``kind`` empty: any), or about a statement as a whole (none of these). Due is
    when an answer is owed; while the partner is asked something, what was left stands in ``time_left``.
    """

    number = models.CharField(_("number"), max_length=16, unique=True)
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="disputes")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="disputes")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="disputes")
    subscription = models.ForeignKey(
        "deals.Subscription", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, blank=True)
    currency = currency_field()
    earned_period = models.DateField(_("earned in"), null=True, blank=True)
    amount = models.DecimalField(_("amount in question"), max_digits=20, decimal_places=4, default=0)
    status = models.CharField(_("state"), max_length=24, choices=DisputeStatus, default=DisputeStatus.OPEN)
    outcome = models.CharField(_("outcome"), max_length=16, choices=DisputeOutcome, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_label = models.CharField(_("opened by"), max_length=200)
    due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    time_left = models.DurationField(_("business time left"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_label = models.CharField(_("closed by"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(name="dispute_status_known", condition=Q(status__in=DisputeStatus.values)),
            models.CheckConstraint(
                name="dispute_outcome_when_answered",
                condition=Q(status=DisputeStatus.ANSWERED, outcome__in=DisputeOutcome.values)
                | (~Q(status=DisputeStatus.ANSWERED) & Q(outcome="")),
            ),
            models.CheckConstraint(name="dispute_kind_known", condition=Q(kind__in=["", *Kind.values])),
            models.CheckConstraint(
                name="dispute_period_first_day",
                condition=Q(earned_period__isnull=True) | Q(earned_period__day=1),
            ),
            models.CheckConstraint(
                name="dispute_has_subject",
                condition=Q(earned_period__isnull=True, subscription__isnull=True, kind="", statement__isnull=False)
                | Q(earned_period__isnull=False, subscription__isnull=False)
                | Q(earned_period__isnull=False, kind=Kind.ACCELERATOR),
            ),
            models.CheckConstraint(
                name="dispute_due_while_open",
                condition=Q(status=DisputeStatus.OPEN, due_at__isnull=False, time_left__isnull=True)
                | Q(status=DisputeStatus.WAITING_FOR_PARTNER, due_at__isnull=True, time_left__isnull=False)
                | ~Q(status__in=GOING_ON),
            ),
            models.CheckConstraint(
                name="dispute_closed_is_said",
                condition=Q(status__in=GOING_ON, closed_at__isnull=True)
                | (~Q(status__in=GOING_ON) & Q(closed_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="dispute_one_open_a_key",
                fields=["partner", "subscription", "kind", "currency", "earned_period"],
                condition=Q(status__in=GOING_ON, earned_period__isnull=False),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                name="dispute_one_open_a_statement",
                fields=["statement"],
                condition=Q(status__in=GOING_ON, earned_period__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="dispute_queue", condition=Q(status__in=GOING_ON)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_going_on(self) -> bool:
        """Whether somebody still has something to say."""
        return self.status in GOING_ON


class DisputeAct(models.TextChoices):
    """What a message did."""

    OPENED = "opened", _("asked")
    REPLIED = "replied", _("replied")
    ASKED = "asked", _("asked back")
    ANSWERED = "answered", _("answered")
    WITHDREW = "withdrew", _("withdrew the question")
    REOPENED = "reopened", _("asked again")


class DisputeMessageQuerySet(models.QuerySet[Row_co]):
    """Named reads of messages."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the messages of disputes that ``actor`` may see."""
        return self.filter(dispute__in=Dispute.objects.visible_to(actor))


class DisputeMessage(models.Model):
    """One message of a thread, with the adjustment that answered it. The database refuses to change it."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="messages")
    at = models.DateTimeField(_("at"))
    act = models.CharField(max_length=16, choices=DisputeAct)
    from_partner = models.BooleanField()
    author = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    author_label = models.CharField(_("from"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    adjustment = models.OneToOneField(
        Adjustment, on_delete=models.PROTECT, null=True, blank=True, related_name="answers_dispute"
    )

    objects = DisputeMessageQuerySet["DisputeMessage"].as_manager()

    class Meta:
        verbose_name = _("message")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="dispute_act_known", condition=Q(act__in=DisputeAct.values)),
            models.CheckConstraint(
                name="dispute_message_says_something", condition=~Q(text="") | Q(act=DisputeAct.WITHDREW)
            ),
            models.CheckConstraint(
                name="dispute_adjustment_answers", condition=Q(adjustment__isnull=True) | Q(act=DisputeAct.ANSWERED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.text[:40]}"
