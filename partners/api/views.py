"""Partners and tiers, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils import timezone
from rest_framework import serializers

from partners.api.serializers import PartnerAnswer, TierAnswer
from partners.models import PartnerStatus, PartnerType
from partners.queries.directory import partners_with_place, tiers_visible_to
from prm.api.fields import CountryField
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from prm.actors import Actor


class PartnerQuery(ListQuery):
    """Filters of the list of partners."""

    lookups: ClassVar = {"code": "code", "type": "type", "status": "status", "country": "country"}
    orderings: ClassVar = {"id": "pk", "code": "code"}

    code = serializers.CharField(max_length=64, required=False)
    type = serializers.ChoiceField(PartnerType.choices, required=False)
    status = serializers.ChoiceField(PartnerStatus.choices, required=False)
    country = CountryField(required=False)


class PartnerResource(Resource):
    """`/partners`."""

    resource = "partners"
    query_class = PartnerQuery
    serializer_class = PartnerAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return partners with today's tier and parent."""
        today = timezone.localdate(timezone.now(), ZoneInfo(Program.current().timezone))
        return partners_with_place(actor=actor, on=today)


class TierQuery(ListQuery):
    """The list of tiers has orderings only."""

    orderings: ClassVar = {"id": "pk", "rank": "rank"}


class TierResource(Resource):
    """`/tiers`."""

    resource = "tiers"
    query_class = TierQuery
    serializer_class = TierAnswer
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the program's tiers; a partner's key sees its own."""
        return tiers_visible_to(actor).prefetch_related("criteria")

    def prepare(self, rows: Sequence[Any]) -> None:
        """Give tiers what they ask for."""
        for row in rows:
            row.asked = {one.figure: f"{one.at_least.normalize():f}" for one in row.criteria.all()}
