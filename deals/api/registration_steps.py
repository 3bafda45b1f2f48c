"""The rarer steps of a registration: notes, release, reversal, handover, another claim, the customer's letter."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deals.api.letters import LetterAnswer, LetterForm, upload_of
from deals.api.registration_forms import DealForm, ReasonForm
from deals.api.registrations import RegistrationAnswer, RegistrationResource, family_of
from deals.models import Account
from deals.queries.distribution import partner_coded
from deals.queries.letters import letters_for
from deals.queries.references import Reference, find
from deals.services.changing import Claim, change_claim
from deals.services.handover import hand_over
from deals.services.letters import upload_letter
from deals.services.progress import add_note, set_stage
from deals.services.release import release_registration
from deals.services.submission import Deal, submit_families
from prm.api.bodies import WITH_LETTER
from prm.api.fields import CountryField, Input, MoneyField, ReferenceField


class NoteForm(Input):
    """What happened on a deal."""

    text = serializers.CharField(max_length=5000)


class StageForm(Input):
    """The stage to move to."""

    stage = serializers.CharField(max_length=40)


class SubPartnerForm(Input):
    """The sub-partner that becomes the holder, by its code."""

    to = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class ChangeForm(Input):
    """The customer in words, or for a system as one of our records; and the family. What is absent stays."""

    family = serializers.CharField(max_length=64, required=False)
    website = serializers.CharField(max_length=253, required=False, allow_blank=True)
    company = serializers.CharField(max_length=250, required=False, allow_blank=True)
    country = CountryField(required=False)
    account = ReferenceField(required=False)
    reason = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class FamilyShare(Input):
    """A family of the deal, and what is expected of it a month."""

    family = serializers.CharField(max_length=64)
    expected_mrr = MoneyField(required=False, allow_null=True, currency="")


class FamiliesForm(DealForm):
    """One deal over several families: what is said once, and each family."""

    partner = serializers.CharField(max_length=64, required=False, help_text="Code; a system's key says for whom.")
    website = serializers.CharField(max_length=253)
    families = serializers.ListField(child=FamilyShare(), min_length=1, max_length=50)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Leave out what each family says for itself."""
        fields = super().get_fields()
        for name in ("family", "expected_mrr"):
            fields.pop(name)
        return fields


class RegistrationSteps(RegistrationResource):
    """More actions on `/registrations/{id}`."""

    largest_body = WITH_LETTER

    @extend_schema(request=NoteForm, responses=RegistrationAnswer)
    def note(self, _request: Request, **_names: Any) -> Response:
        """Write a note; the partner's own, or the CRM's, keeps the deal alive."""
        return self._act_on(add_note, NoteForm)

    @extend_schema(request=StageForm, responses=RegistrationAnswer)
    def stage(self, _request: Request, **_names: Any) -> Response:
        """Move the stage; forward by the partner, or from the CRM, keeps the deal alive."""
        return self._act_on(set_stage, StageForm)

    @extend_schema(request=ReasonForm, responses=RegistrationAnswer)
    def release(self, _request: Request, **_names: Any) -> Response:
        """Release a protected customer on whom nothing was reported for long."""
        return self._act_on(release_registration, ReasonForm)

    @extend_schema(request=SubPartnerForm, responses=RegistrationAnswer)
    def hand_over(self, _request: Request, **_names: Any) -> Response:
        """Hand over to a sub-partner; place and protection are kept."""
        row = self.get_object()
        values = self.understood(SubPartnerForm)
        hand_over(
            registration_id=row.pk,
            to_partner_id=partner_coded(values["to"]),
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
            reason=values.get("reason", ""),
        )
        return self._done(row.pk)

    @extend_schema(request=ChangeForm, responses=RegistrationAnswer)
    def change(self, _request: Request, **_names: Any) -> Response:
        """Correct customer or family while it is undecided: a new place, and the rules are asked anew."""
        row = self.get_object()
        values = self.understood(ChangeForm)
        account = None
        if "account" in values:
            account = find(Account.objects.visible_to(self.actor), Reference(*values["account"]), field="account")
        claim = Claim(
            family=family_of(values["family"]) if "family" in values else row.family,
            website=values.get("website", row.website),
            company=values.get("company", row.company),
            country=values.get("country", row.country),
            account=account,
        )
        change_claim(
            registration_id=row.pk,
            claim=claim,
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
            reason=values.get("reason", ""),
        )
        return self._done(row.pk)

    @extend_schema(request=LetterForm, responses={201: LetterAnswer})
    def letter(self, _request: Request, **_names: Any) -> Response:
        """Bring a partner-of-record letter of the customer."""
        row = self.get_object()
        letter = upload_letter(
            registration_id=row.pk,
            upload=upload_of(self.understood(LetterForm)),
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
        )
        shown = LetterAnswer(letters_for(self.actor).get(pk=letter.pk), context=self.get_serializer_context())
        return Response(shown.data, status=HTTPStatus.CREATED)

    @extend_schema(request=FamiliesForm, responses={201: RegistrationAnswer(many=True)})
    def submit_deal(self, _request: Request) -> Response:
        """Submit one deal over several families, in one act: a registration for each, sharing `deal_number`."""
        values = self.understood(FamiliesForm)
        said: dict[str, Any] = {
            name: values[name]
            for name in ("website", "company", "country", "currency", "expected_close_on", "contact", "note", "stage")
            if name in values
        }
        deals = [
            Deal(
                **{"company": "", "country": ""} | said,
                family=family_of(share["family"]),
                expected_mrr=share.get("expected_mrr"),
            )
            for share in values["families"]
        ]
        made = submit_families(
            deals=deals,
            actor=self.actor,
            now=timezone.now(),
            holder_id=self._holder(values.get("partner")),
            wait=values.get("wait", False),
        )
        rows = self.get_queryset().filter(pk__in=[row.pk for row in made]).order_by("place")
        return Response(self.get_serializer(rows, many=True).data, status=HTTPStatus.CREATED)
