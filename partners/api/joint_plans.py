"""`/joint-plans` and `/joint-actions`: versions of joint plans with their targets, and what each side promised.

A key drafts and proposes; that a plan is agreed is said by a person, an owner of the partner, in the portal.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.models import JointAction, Partner, PlanStatus, PlanVersion, StepSide
from partners.policy.plans import FIGURES, Standing
from partners.queries.plans import rows_of, targets_of
from partners.services.plans.actions import mark_action
from partners.services.plans.drafting import (
    Content,
    PlannedAction,
    begin_plan,
    discard_draft,
    propose_plan,
    reopen_plan,
    write_plan,
)
from prm.api.fields import Answer, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.calendar_days import program_today
from prm.errors import DomainError
from prm.metrics.writing import plain

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from partners.queries.plans import Cell, Row
    from prm.actors import Actor


class PlanTargetAnswer(Answer):
    """What a figure is to be at the end of a quarter; rates are fractions."""

    figure = serializers.CharField()
    quarter = serializers.IntegerField()
    target = serializers.SerializerMethodField()

    def get_target(self, row: Any) -> str:
        """Return the target as a plain decimal."""
        return plain(row.amount)


class PlanLineAnswer(Answer):
    """An action as the version says it; ``action`` is what became of it, once the version is agreed."""

    what = serializers.CharField()
    side = serializers.CharField(help_text="partner or vendor.")
    owner = serializers.CharField()
    due_on = serializers.DateField()
    action = serializers.UUIDField(source="action.public_id", default=None, allow_null=True)


class JointPlanAnswer(Answer):
    """A version of a joint plan. A partner's key sees no drafts."""

    id = serializers.UUIDField(source="public_id")
    plan = serializers.UUIDField(source="plan.public_id", help_text="The same for all versions of a plan.")
    partner = serializers.CharField(source="plan.partner.code")
    valid_from = serializers.DateField(source="plan.valid_from")
    valid_until = serializers.DateField(source="plan.valid_until", help_text="The first day after it.")
    number = serializers.IntegerField()
    status = serializers.CharField(help_text="draft, proposed, agreed or superseded.")
    version = serializers.IntegerField(source="edits")
    aims = serializers.CharField()
    currency = serializers.CharField()
    targets = PlanTargetAnswer(many=True)
    actions = PlanLineAnswer(source="lines", many=True)
    proposed_at = serializers.DateTimeField(allow_null=True)
    proposed_by = serializers.CharField()
    asked = serializers.CharField(help_text="The change that the partner asked for last.")
    asked_at = serializers.DateTimeField(allow_null=True)
    agreed_at = serializers.DateTimeField(allow_null=True)
    agreed_by = serializers.CharField()
    superseded_at = serializers.DateTimeField(allow_null=True)


class StandingAnswer(Answer):
    """A figure of the plan in one quarter: its target and what the register of figures says."""

    figure = serializers.CharField()
    quarter = serializers.IntegerField()
    quarter_from = serializers.DateField()
    quarter_until = serializers.DateField(help_text="Its last day.")
    target = serializers.CharField(allow_null=True)
    actual = serializers.CharField(allow_null=True, help_text="null: the quarter has not begun, or not defined.")
    n = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    standing = serializers.ChoiceField([one.value for one in Standing], allow_null=True)


class StandingsAnswer(Answer):
    """All figures of a version, quarter by quarter."""

    as_of = serializers.DateField()
    results = StandingAnswer(many=True)


class BeginInput(Input):
    """Whose plan, and from when on; it runs for twelve months."""

    partner = serializers.CharField(max_length=64)
    valid_from = serializers.DateField(help_text="The first day of a month.")


class TargetInput(Input):
    """A target; rates are fractions."""

    figure = serializers.ChoiceField(FIGURES)
    quarter = serializers.IntegerField(min_value=1, max_value=4)
    target = serializers.DecimalField(max_digits=20, decimal_places=6, min_value=0)


class LineInput(Input):
    """An action; with ``action`` it goes on with one of the agreed version."""

    what = serializers.CharField(max_length=200)
    side = serializers.ChoiceField(StepSide.choices)
    owner = serializers.CharField(max_length=120)
    due_on = serializers.DateField()
    action = serializers.UUIDField(required=False, allow_null=True)

    @staticmethod
    def planned(given: dict[str, Any]) -> PlannedAction:
        """Return it for the service."""
        known = given.get("action")
        return PlannedAction(given["what"], given["side"], given["owner"], given["due_on"], str(known) if known else "")


class ContentInput(Input):
    """What a version says, in place of what it said."""

    aims = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    targets = TargetInput(many=True, required=False)
    actions = LineInput(many=True, required=False)


class JointPlanQuery(ListQuery):
    """Filters of the list."""

    lookups: ClassVar = {"partner": "plan__partner__code", "status": "status", "plan": "plan__public_id"}

    partner = serializers.CharField(max_length=64, required=False)
    status = serializers.ChoiceField(PlanStatus.choices, required=False)
    plan = serializers.UUIDField(required=False)


class JointPlanResource(Resource):
    """`/joint-plans`."""

    resource = "joint-plans"
    query_class = JointPlanQuery
    serializer_class = JointPlanAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return versions with what they say; a partner's key sees its own that are no drafts."""
        rows = PlanVersion.objects.visible_to(actor).select_related("plan__partner")
        return rows.prefetch_related("targets", "lines__action")

    @extend_schema(request=BeginInput, responses={201: JointPlanAnswer})
    def create(self, _request: Request) -> Response:
        """Begin a plan: an empty draft."""
        given = self.understood(BeginInput)
        partner = Partner.objects.visible_to(self.actor).filter(code=given["partner"]).first()
        if partner is None:
            raise DomainError("unknown_reference", _("There is no partner of this code."), field="partner")
        made = begin_plan(partner_id=partner.pk, begins_on=given["valid_from"], actor=self.actor, now=timezone.now())
        return self._answer(made, HTTPStatus.CREATED)

    @extend_schema(request=ContentInput, responses=JointPlanAnswer)
    def write(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Write an open version; one that waits for agreement becomes a draft again."""
        row, given = self.get_object(), self.understood(ContentInput)
        targets = {(one["figure"], one["quarter"]): one["target"] for one in given.get("targets", ())}
        if len(targets) != len(given.get("targets", ())):
            raise DomainError(
                "plan_target_key", _("The figure has a target for this quarter already."), field="targets"
            )
        content = Content(given.get("aims", ""), targets, [LineInput.planned(one) for one in given.get("actions", ())])
        write_plan(version_id=row.pk, edits=self._expected(row), content=content, actor=self.actor, now=timezone.now())
        return self._answer(row)

    @extend_schema(request=None, responses=JointPlanAnswer)
    def propose(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Lay a draft before the partner: its owners are asked to agree."""
        row = self.get_object()
        propose_plan(version_id=row.pk, edits=self._expected(row), actor=self.actor, now=timezone.now())
        return self._answer(row)

    @extend_schema(request=None, responses={201: JointPlanAnswer})
    def change(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Begin the next version of a plan, or return the one that is open."""
        made = reopen_plan(plan_id=self.get_object().plan_id, actor=self.actor, now=timezone.now())
        return self._answer(made, HTTPStatus.CREATED)

    @extend_schema(request=None, responses={204: None})
    def discard(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Throw an open version away."""
        row = self.get_object()
        discard_draft(version_id=row.pk, edits=self._expected(row), actor=self.actor, now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(responses=StandingsAnswer)
    def standings(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Return each target beside what was reached by today."""
        row, today = self.get_object(), program_today(timezone.now())
        rows = rows_of(row, targets_of(row), actor=self.actor, today=today)
        results = [_standing(one, cell) for one in rows for cell in one.cells]
        return Response(StandingsAnswer({"as_of": today, "results": results}).data)

    def _expected(self, row: PlanVersion) -> int:
        given = self.expected_version()
        return row.edits if given is None else given

    def _answer(self, row: PlanVersion, status: int = HTTPStatus.OK) -> Response:
        return self.answer(self.get_queryset().get(pk=row.pk), status)


class JointActionAnswer(Answer):
    """Something that one side promised the other."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="partner.code")
    plan = serializers.UUIDField(source="plan.public_id", default=None, allow_null=True)
    review = serializers.UUIDField(source="review.public_id", default=None, allow_null=True)
    what = serializers.CharField()
    side = serializers.CharField(help_text="partner or vendor.")
    owner = serializers.CharField()
    due_on = serializers.DateField()
    agreed_on = serializers.DateField()
    done_on = serializers.DateField(allow_null=True)
    done_by = serializers.CharField()
    dropped_on = serializers.DateField(allow_null=True)


class JointActionQuery(ListQuery):
    """Filters of the list."""

    lookups: ClassVar = {"partner": "partner__code", "side": "side"}

    partner = serializers.CharField(max_length=64, required=False)
    side = serializers.ChoiceField(StepSide.choices, required=False)


class JointActionResource(Resource):
    """`/joint-actions`."""

    resource = "joint-plans"
    operations = "joint-actions"
    query_class = JointActionQuery
    serializer_class = JointActionAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the actions; a partner's key sees its own."""
        return JointAction.objects.visible_to(actor).select_related("partner", "plan", "review")

    @extend_schema(request=None, responses=JointActionAnswer)
    def done(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Mark it as done; a partner's key marks those of its own side."""
        return self._mark(done=True)

    @extend_schema(request=None, responses=JointActionAnswer)
    def reopen(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Mark it as open again."""
        return self._mark(done=False)

    def _mark(self, *, done: bool) -> Response:
        row = self.get_object()
        mark_action(action_id=row.pk, done=done, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())


def _standing(row: Row, cell: Cell) -> dict[str, object]:
    value = cell.actual
    return {
        "figure": row.metric.code,
        "quarter": cell.quarter.number,
        "quarter_from": cell.quarter.begins_on,
        "quarter_until": cell.quarter.ends_on,
        "target": plain(cell.target) or None,
        "actual": plain(value.value) or None if value is not None else None,
        "n": value.n if value is not None else None,
        "currency": value.currency if value is not None else "",
        "standing": cell.standing.value if cell.standing is not None else None,
    }
