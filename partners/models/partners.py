"""Partners, their status history, territories, parents and activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext_lazy as _

from prm.models.base import EffectiveDated, PublicModel, ordered_dates

if TYPE_CHECKING:
    from prm.actors import Actor

OwnedRow_co = TypeVar("OwnedRow_co", bound=models.Model, covariant=True)


class PartnerType(models.TextChoices):
    """What kind of partner it is."""

    RESELLER = "reseller", _("Reseller")
    REFERRAL = "referral", _("Referral partner")
    MSP = "msp", _("Managed service provider")
    DISTRIBUTOR = "distributor", _("Distributor")
    SOFTWARE_VENDOR = "software_vendor", _("Software vendor")


class PartnerStatus(models.TextChoices):
    """Where a partner stands in its life (partner rules, section 1)."""

    APPLIED = "applied", _("Applied")
    IN_REVIEW = "in_review", _("In review")
    REJECTED = "rejected", _("Rejected")
    ONBOARDING = "onboarding", _("Onboarding")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    TERMINATED = "terminated", _("Terminated")


class PartnerQuerySet(models.QuerySet["Partner"]):
    """Named reads of partners."""

    def visible_to(self, actor: Actor) -> PartnerQuerySet:
        """Return what ``actor`` may see: internal people all, a partner itself alone."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(pk=scope)
        return self.none()


class Partner(PublicModel):
    """A company that sells for the vendor. ``status`` is today's; the history is in ``StatusPeriod``."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(_("type"), max_length=24, choices=PartnerType)
    status = models.CharField(_("status"), max_length=16, choices=PartnerStatus)
    country = models.CharField(_("country"), max_length=2, blank=True)
    website = models.CharField(_("website"), max_length=253, blank=True)
    manager_email = models.EmailField(_("channel manager"), blank=True)
    activated_on = models.DateField(_("active since"), null=True, blank=True)
    credits_end_on = models.DateField(
        _("credits end on"), null=True, blank=True, help_text=_("The first day without deal credits.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Partner]] = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(name="partner_type_known", condition=Q(type__in=PartnerType.values)),
            models.CheckConstraint(name="partner_status_known", condition=Q(status__in=PartnerStatus.values)),
        ]

    def __str__(self) -> str:
        return self.name


class PartnerOwnedQuerySet(models.QuerySet[OwnedRow_co]):
    """Rows with a ``partner`` column: seen by that partner and by internal people."""

    def visible_to(self, actor: Actor) -> Self:
        """Return what ``actor`` may see."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(partner_id=scope)
        return self.none()


class StatusPeriod(EffectiveDated):
    """A partner's status on the days of its range, so that “active on a past date” can be computed."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="status_periods")
    status = models.CharField(_("status"), max_length=16, choices=PartnerStatus)

    objects = PartnerOwnedQuerySet["StatusPeriod"].as_manager()

    class Meta:
        verbose_name = _("partner status")
        constraints = [
            ordered_dates("status_dates_in_order"),
            models.UniqueConstraint(name="status_key", fields=["partner", "valid_from"], nulls_distinct=False),
            models.CheckConstraint(name="status_known", condition=Q(status__in=PartnerStatus.values)),
            ExclusionConstraint(
                name="status_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.get_status_display()}"


class ProfilePeriod(EffectiveDated):
    """The channel manager and the type that a partner had on the days of its range; empty ends are open.

    The database writes it whenever either changes (migration of profiles), whoever changed it, so that a figure's
    filters can ask for the value of a past day. A change counts from its day in the program's time zone.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="profile_periods")
    manager_email = models.EmailField(_("channel manager"), blank=True)
    type = models.CharField(_("type"), max_length=24, choices=PartnerType)

    objects = PartnerOwnedQuerySet["ProfilePeriod"].as_manager()

    class Meta:
        verbose_name = _("manager and type of a partner")
        constraints = [
            ordered_dates("profile_dates_in_order"),
            models.UniqueConstraint(name="profile_key", fields=["partner", "valid_from"], nulls_distinct=False),
            ExclusionConstraint(
                name="profile_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.manager_email} {self.type}"


class Territory(models.Model):
    """A country, or a segment of one, in which a partner may register; none at all means everywhere."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="territories")
    country = models.CharField(_("country"), max_length=2, blank=True)
    segment = models.CharField(_("segment"), max_length=80, blank=True)

    objects = PartnerOwnedQuerySet["Territory"].as_manager()

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        constraints = [models.UniqueConstraint(name="territory_key", fields=["partner", "country", "segment"])]

    def __str__(self) -> str:
        return f"{self.partner}: {self.country or '*'} {self.segment}"


class ParentAssignment(EffectiveDated):
    """``partner`` sells under ``parent`` (its distributor) on the days of the range."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="parent_assignments")
    parent = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="child_assignments")

    objects = PartnerOwnedQuerySet["ParentAssignment"].as_manager()

    class Meta:
        verbose_name = _("parent assignment")
        constraints = [
            ordered_dates("parent_dates_in_order"),
            models.UniqueConstraint(name="parent_key", fields=["partner", "valid_from"], nulls_distinct=False),
            models.CheckConstraint(name="parent_is_another", condition=~Q(partner=F("parent"))),
            ExclusionConstraint(
                name="parent_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} under {self.parent}"


class Activity(models.Model):
    """One fact in a partner's append-only log (partner rules, section 3)."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="activities")
    kind = models.CharField(_("kind"), max_length=64)
    occurred_at = models.DateTimeField(_("at"))
    object = models.CharField(_("object"), max_length=200, blank=True)
    user = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PartnerOwnedQuerySet["Activity"].as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(name="activity_key", fields=["partner", "kind", "occurred_at", "object"])
        ]
        indexes = [models.Index(fields=["partner", "-occurred_at"], name="activity_by_partner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d}"
