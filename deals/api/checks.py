"""`/conflicts-check`: whether a customer may be registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from deals.models import Family
from deals.queries.examination import examine
from deals.queries.references import find_code
from deals.services.checks import check_availability
from partners.models import Partner
from prm.api.fields import Answer, CountryField, Input
from prm.api.views import Resource
from prm.errors import DomainError

if TYPE_CHECKING:
    from rest_framework.request import Request


class CheckForm(Input):
    """A complete domain (or e-mail address) and a product family."""

    website = serializers.CharField(max_length=253)
    family = serializers.CharField(max_length=64)
    country = CountryField(required=False)
    partner = serializers.CharField(max_length=64, required=False, help_text="Code; a system's key says for whom.")


class FoundAnswer(serializers.Serializer[Any]):
    """One rule that would fire, with its evidence."""

    code = serializers.CharField()
    severity = serializers.CharField()
    text = serializers.CharField()
    evidence = serializers.JSONField()


class CheckAnswer(Answer):
    """One word; a system's key reads the findings too."""

    internal_fields = frozenset({"findings"})

    verdict = serializers.CharField(
        help_text="available, needs_review, not_available, cannot_tell (the website identifies nobody) or "
        "submit_to_learn (too many checks)."
    )
    findings = FoundAnswer(many=True)


class CheckResource(Resource):
    """`/conflicts-check`."""

    resource = "conflicts-check"
    serializer_class = CheckAnswer

    @extend_schema(request=CheckForm, responses=CheckAnswer)
    def check(self, _request: Request) -> Response:
        """Say whether a customer may be registered; for a partner's key a word, the same for every cause."""
        values = self.understood(CheckForm)
        values["family"] = find_code(Family.objects.all(), values["family"], field="family")
        code = values.pop("partner", None)
        partner = find_code(Partner.objects.visible_to(self.actor), code, field="partner") if code else None
        if self.actor.is_partner:
            answer = check_availability(**values, actor=self.actor, now=timezone.now())
            return Response(self.get_serializer({"verdict": answer.verdict.value, "findings": []}).data)
        if partner is None:
            raise DomainError("required", _("A system says for which partner."), field="partner")
        return Response(self.get_serializer(self._examined(partner, values)).data)

    def _examined(self, partner: Partner, values: dict[str, Any]) -> dict[str, Any]:
        country = values.pop("country", "")
        verdict, decision = examine(partner=partner, country=country, actor=self.actor, now=timezone.now(), **values)
        findings = decision.findings if decision else ()
        return {
            "verdict": verdict.value,
            "findings": [
                {
                    "code": found.code,
                    "severity": found.severity.value,
                    "text": found.partner_text,
                    "evidence": {name: str(value) for name, value in found.evidence.items()},
                }
                for found in findings
            ],
        }
