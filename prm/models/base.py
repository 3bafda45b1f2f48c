"""Building blocks of every table: public ids, effective dates, database types that Django lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field


class Uuid7(Func):
    """``prm_uuid7()``: a time-ordered UUID (RFC 9562, version 7) made by the database."""

    function = "prm_uuid7"
    template = "%(function)s()"
    output_field = models.UUIDField()


class PublicModel(models.Model):
    """A row that the outside knows by ``public_id``; its bigint primary key stays inside."""

    public_id = models.UUIDField(db_default=Uuid7(), unique=True, editable=False)

    class Meta:
        abstract = True


class EffectiveDated(models.Model):
    """A row that holds on the days ``[valid_from, valid_until)``; an empty end is open.

    ``valid`` is computed by the database. A row with ``valid_until = valid_from`` is voided: its range
    is empty and counts as no row, for overlaps too.
    """

    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_until = models.DateField(_("until (exclusive)"), null=True, blank=True)
    valid = models.GeneratedField(
        expression=Func(F("valid_from"), F("valid_until"), function="daterange"),
        output_field=DateRangeField(),
        db_persist=True,
    )

    class Meta:
        abstract = True


def ordered_dates(name: str) -> models.CheckConstraint:
    """Return the constraint that a row's dates are in order (equal dates void the row)."""
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lte=F("valid_until")),
    )


class Xid8Field(AnyField):
    """PostgreSQL's 64-bit transaction id, for change tracking that misses no late commit."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        """Return the column type."""
        return "xid8"


class CurrentTransactionId(Func):
    """``pg_current_xact_id()``."""

    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = Xid8Field()


class NextValue(Func):
    """``nextval('…')`` of a named sequence."""

    function = "nextval"
    output_field = models.BigIntegerField()


def currency_field(**options: Any) -> models.CharField[str, str]:
    """Return a column for an ISO 4217 code; the database checks it against ``prm_currency``."""
    return models.CharField(_("currency"), max_length=3, **options)
