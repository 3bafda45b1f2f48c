"""Letters in which a customer names its partner: the file, who signed, who may object, and from when it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models.registrations import Registration
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from prm.actors import Actor


class LetterStatus(models.TextChoices):
    """Where a letter stands."""

    UPLOADED = "uploaded", _("To be verified")
    ANNOUNCED = "announced", _("Open to objection")
    OBJECTED = "objected", _("Objected to")
    CONFIRMED = "confirmed", _("Confirmed")
    SETTLED = "settled", _("In force")
    REFUSED = "refused", _("Refused")
    REPLACED = "replaced", _("Replaced")


RUNNING_LETTERS = ("announced", "objected", "confirmed")


class LetterQuerySet(models.QuerySet["RecordLetter"]):
    """Named reads of letters."""

    def visible_to(self, actor: Actor) -> LetterQuerySet:
        """Return what ``actor`` may see: who brought it and internal people; never the incumbent, whom it tells of."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(registration__holder_id=scope)
        return self.none()


class RecordLetter(PublicModel):
    """A partner-of-record letter, for the registration of the partner that it names."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="letters")
    status = models.CharField(_("state"), max_length=16, choices=LetterStatus, default=LetterStatus.UPLOADED)
    file_name = models.CharField(_("file"), max_length=120)
    media_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    signer_name = models.CharField(_("signed by"), max_length=200)
    signer_email = models.EmailField(_("e-mail of the signer"))
    signed_on = models.DateField(_("signed on"))
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    verified_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_how = models.TextField(_("how the signer was verified"), blank=True)
    objection_until = models.DateTimeField(_("objections until"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decision_reason = models.TextField(_("reason"), blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner-of-record letter")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(name="letter_status_known", condition=Q(status__in=LetterStatus.values)),
            models.CheckConstraint(name="letter_size", condition=Q(size__gte=1, size__lte=5 * 1024 * 1024)),
            models.CheckConstraint(
                name="letter_runs_with_dates",
                condition=~Q(status__in=[*RUNNING_LETTERS, "settled"])
                | Q(verified_at__isnull=False, objection_until__isnull=False, effective_on__isnull=False),
            ),
            models.UniqueConstraint(
                name="letter_runs_once", fields=["registration"], condition=Q(status__in=RUNNING_LETTERS)
            ),
        ]
        indexes = [
            models.Index(fields=["effective_on"], name="letter_running", condition=Q(status__in=RUNNING_LETTERS)),
        ]

    def __str__(self) -> str:
        return f"{self.registration}: {self.file_name}"


class LetterFile(models.Model):
    """The letter itself, apart from its row so that lists never carry it. Never edited."""

    letter = models.OneToOneField(RecordLetter, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("letter file")

    def __str__(self) -> str:
        return str(self.letter)


class NoticeQuerySet(models.QuerySet["LetterNotice"]):
    """Named reads of notices."""

    def visible_to(self, actor: Actor) -> NoticeQuerySet:
        """Return what ``actor`` may see: a partner what it was told itself."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(partner_id=scope)
        return self.none()


class LetterNotice(PublicModel):
    """An incumbent was told that its customer names another partner, and may object; by whom it is not told."""

    letter = models.ForeignKey(RecordLetter, on_delete=models.CASCADE, related_name="notices")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="letter_notices")
    told_at = models.DateTimeField(_("told"))
    objected_at = models.DateTimeField(_("objected"), null=True, blank=True)
    objected_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    objection = models.TextField(_("objection"), blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice of a letter")
        ordering = ["-told_at", "-id"]
        constraints = [models.UniqueConstraint(name="letter_notice_once", fields=["letter", "partner"])]

    def __str__(self) -> str:
        return f"{self.letter}: {self.partner}"
