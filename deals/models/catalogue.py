"""What is sold: families (flat, disjoint) and their products."""

from __future__ import annotations

from django.db import models
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
