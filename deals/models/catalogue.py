"""What is sold: families (flat, disjoint) and their products."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Family(models.Model):
    """A product family; a registration protects one family of one customer."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("product family")
        verbose_name_plural = _("product families")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something with a monthly price."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=160)
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="products")

    class Meta:
        verbose_name = _("product")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class FamilyRequirement(models.Model):
    """What a partner needs before it may register a deal on ``family``; all of a family's must hold."""

    class Kind(models.TextChoices):
        """What is needed."""

        TIER = "tier", _("A tier or a higher one")
        AGREEMENT = "agreement", _("A signed agreement")
        CERTIFICATION = "certification", _("Certified people")

    family = models.ForeignKey(
        Family, on_delete=models.CASCADE, related_name="requirements", verbose_name=_("product family")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    name = models.CharField(
        _("name"),
        max_length=120,
        help_text=_("The tier's code, the agreement's name or the certification's name."),
    )
    people = models.PositiveSmallIntegerField(_("people"), default=1, help_text=_("How many must be certified."))

    class Meta:
        verbose_name = _("requirement of a family")
        verbose_name_plural = _("requirements of families")
        ordering = ["family", "kind", "name"]
        constraints = [
            models.UniqueConstraint(name="family_requirement_key", fields=["family", "kind", "name"]),
            models.CheckConstraint(
                name="family_requirement_kind_known", condition=Q(kind__in=["tier", "agreement", "certification"])
            ),
            models.CheckConstraint(name="family_requirement_of_people", condition=Q(people__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"
