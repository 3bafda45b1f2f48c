"""`/payees`: whether partners can be paid, read; account numbers never leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from partners.api.serializers import PayeeAnswer
from partners.models import Partner
from partners.queries.payees import payee_lines
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from prm.actors import Actor


class PayeeQuery(ListQuery):
    """Filters of the list of payees."""

    lookups: ClassVar = {"partner": "code"}
    orderings: ClassVar = {"id": "pk", "partner": "code"}

    partner = serializers.CharField(max_length=64, required=False)


class PayeeResource(Resource):
    """`/payees`: one a partner; readiness is told for the program’s currency."""

    resource = "payees"
    query_class = PayeeQuery
    serializer_class = PayeeAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the partners; a partner's key sees itself."""
        return Partner.objects.visible_to(actor) if actor.sees_money else Partner.objects.none()

    def prepare(self, rows: Sequence[Any]) -> None:
        """Put the payout details on the rows."""
        program = Program.current()
        today = program.day_of(timezone.now())
        currency = program.base_currency
        lines = payee_lines(self.actor, [row.pk for row in rows], on=today, currency=currency)
        for row in rows:
            row.payee, row.payee_currency = lines[row.pk], currency
            row.withholding_rate = f"{row.payee.rate.normalize():f}"
            for form in row.payee.forms:
                form.status_today = form.status_on(today)
