"""Letters about a protected registration that went out: each kind once for each cause."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from deals.models.registrations import Registration


class Reminder(models.Model):
    """One letter. ``about`` is its cause: the window's end, or the last update; a new cause may be told again."""

    class Kind(models.TextChoices):
        """What it says."""

        ENDS = "ends", _("The protection ends soon")
        INACTIVE = "inactive", _("Nothing was reported for a while")
        RELEASE = "release", _("A manager looks whether to release it")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    days = models.PositiveSmallIntegerField(_("days"), help_text=_("Before the end, or without an update."))
    about = models.DateTimeField(_("about"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reminder")
        constraints = [
            models.UniqueConstraint(name="reminder_once", fields=["registration", "kind", "days", "about"]),
            models.CheckConstraint(
                name="reminder_kind_known", condition=models.Q(kind__in=["ends", "inactive", "release"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration}: {self.kind} {self.days}"
