"""`/activities` and `/business-reviews`: what happened at partners, and what was agreed with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.api.joint_plans import LineInput
from partners.models import Activity, BusinessReview, Partner
from partners.queries.activity import qualifying_kinds
from partners.queries.reviews import prepared
from partners.services.reviews import prepare_review, record_review, share_review
from prm.activities import money_kinds
from prm.api.fields import Answer, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.calendar_days import program_today
from prm.errors import DomainError
from prm.metrics.writing import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from partners.queries.reviews import Moved
    from prm.actors import Actor


class ActivityAnswer(Answer):
    """A fact of a partner's log; never changed."""

    partner = serializers.CharField(source="partner.code")
    kind = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    object = serializers.CharField(help_text="What it is about, in words that the partner's people read.")
    person_email = serializers.CharField(source="user.email", default="")
    qualifying = serializers.BooleanField(help_text="Whether it counts in the activity rate, as set today.")


class ActivityQuery(ListQuery):
    """Filters of the list."""

    lookups: ClassVar = {
        "partner": "partner__code", "kind": "kind", "occurred_from": "occurred_at__gte",
        "occurred_before": "occurred_at__lt",
    }  # fmt: skip

    partner = serializers.CharField(max_length=64, required=False)
    kind = serializers.CharField(max_length=64, required=False)
    occurred_from = serializers.DateTimeField(required=False)
    occurred_before = serializers.DateTimeField(required=False)


class ActivityResource(Resource):
    """`/activities`."""

    resource = "activities"
    query_class = ActivityQuery
    serializer_class = ActivityAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the log; a partner's key sees its own, money only where it may."""
        rows = Activity.objects.visible_to(actor).select_related("partner", "user")
        return rows if actor.sees_money else rows.exclude(kind__in=money_kinds())

    def prepare(self, rows: Sequence[Any]) -> None:
        """Say which count."""
        counts = set(qualifying_kinds())
        for row in rows:
            row.qualifying = row.kind in counts


class ReviewAnswer(Answer):
    """A business review; a partner's key sees those that were shared or held."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="partner.code")
    day = serializers.DateField()
    agenda = serializers.CharField()
    shared_at = serializers.DateTimeField(allow_null=True)
    held_at = serializers.DateTimeField(allow_null=True, help_text="When it was recorded; null: not held yet.")
    held_by = serializers.CharField()
    summary = serializers.CharField(help_text="What was agreed.")


class MovedAnswer(Answer):
    """A figure on the day of a review, and on that of the review before."""

    figure = serializers.CharField()
    unit = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    n = serializers.IntegerField()
    currency = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    undefined = serializers.CharField()


class FiguresAnswer(Answer):
    """The figures of a review."""

    as_of = serializers.DateField()
    since = serializers.DateField(allow_null=True, help_text="The day of the review before.")
    results = MovedAnswer(many=True)


class ReviewInput(Input):
    """A review to prepare."""

    partner = serializers.CharField(max_length=64)
    day = serializers.DateField()
    agenda = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class HeldInput(Input):
    """What was agreed."""

    summary = serializers.CharField(max_length=2000)
    actions = LineInput(many=True, required=False)


class ReviewQuery(ListQuery):
    """Filters of the list."""

    lookups: ClassVar = {"partner": "partner__code", "day": "day"}

    partner = serializers.CharField(max_length=64, required=False)
    day = serializers.DateField(required=False)


class ReviewResource(Resource):
    """`/business-reviews`."""

    resource = "business-reviews"
    query_class = ReviewQuery
    serializer_class = ReviewAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the reviews."""
        return BusinessReview.objects.visible_to(actor).select_related("partner")

    @extend_schema(request=ReviewInput, responses={201: ReviewAnswer})
    def create(self, _request: Request) -> Response:
        """Prepare a review."""
        given = self.understood(ReviewInput)
        partner = Partner.objects.visible_to(self.actor).filter(code=given["partner"]).first()
        if partner is None:
            raise DomainError("unknown_reference", _("There is no partner of this code."), field="partner")
        made = prepare_review(
            partner_id=partner.pk, day=given["day"], agenda=given.get("agenda", ""), actor=self.actor,
            now=timezone.now(),
        )  # fmt: skip
        return self.answer(self.get_queryset().get(pk=made.pk), HTTPStatus.CREATED)

    @extend_schema(request=None, responses=ReviewAnswer)
    def share(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Let the partner's owners see it, and tell them."""
        share_review(review_id=self.get_object().pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())

    @extend_schema(request=HeldInput, responses=ReviewAnswer)
    def hold(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Record that it was held, with what was agreed; open actions go on."""
        row, given = self.get_object(), self.understood(HeldInput)
        record_review(
            partner=row.partner,
            summary=given["summary"],
            actor=self.actor,
            now=timezone.now(),
            review_id=row.pk,
            actions=[LineInput.planned(one) for one in given.get("actions", ())],
        )
        return self.answer(self.get_object())

    @extend_schema(responses=FiguresAnswer)
    def figures(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Return the figures of the day, and of the review before."""
        found = prepared(self.get_object(), actor=self.actor, today=program_today(timezone.now()))
        told = {"as_of": found.as_of, "since": found.since, "results": [_moved(one) for one in found.figures]}
        return Response(FiguresAnswer(told).data)


def _moved(one: Moved) -> dict[str, object]:
    return {
        "figure": one.metric.code,
        "unit": one.metric.unit.value,
        "value": plain(one.value.value) or None,
        "n": one.value.n,
        "currency": one.value.currency,
        "before": plain(one.before.value) or None if one.before is not None else None,
        "undefined": str(one.value.undefined) if one.value.value is None else "",
    }
