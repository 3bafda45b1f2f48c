"""`/people` and `/people-invitations`: who belongs where; leaving takes effect at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.models import Invitation, Membership, MembershipRole, Partner
from partners.queries.people import people_visible_to
from partners.services.people import change_role, deactivate_person, reactivate_person
from partners.services.people_internal import switch_account_off, switch_account_on
from partners.services.people_invitations import invite_person, resend_invitation, revoke_invitation
from prm.api.fields import Answer, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor
    from prm.models import User


class SeatAnswer(Answer):
    """A role at one partner."""

    partner = serializers.CharField(source="partner.code")
    role = serializers.CharField()
    active = serializers.BooleanField(source="is_active")
    last_seen_at = serializers.DateTimeField(allow_null=True)


class PersonAnswer(Answer):
    """A person; a partner's key sees its own people, and of them its own roles alone."""

    internal_fields: ClassVar = frozenset({"roles"})

    id = serializers.UUIDField(source="public_id")
    email = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField(source="is_active", help_text="Whether the account as a whole is on.")
    roles = serializers.ListField(child=serializers.CharField(), help_text="Of the program's own people.")
    memberships = SeatAnswer(source="seats", many=True)


class PersonInput(Input):
    """What is changed: for a system the account as a whole, for a partner's key the access to that partner."""

    active = serializers.BooleanField()


class RoleInput(Input):
    """Another role at a partner."""

    partner = serializers.CharField(max_length=64)
    role = serializers.ChoiceField(MembershipRole.choices)


class InvitationInput(Input):
    """Whom to invite."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=160, required=False, allow_blank=True)
    partner = serializers.CharField(max_length=64)
    role = serializers.ChoiceField(MembershipRole.choices)
    language = serializers.ChoiceField(
        settings.LANGUAGES,
        required=False,
        help_text="Of the mail, for those without an account.",
    )


class InvitationAnswer(Answer):
    """An invitation to a partner; its link stands in the mail alone."""

    id = serializers.UUIDField(source="public_id")
    email = serializers.CharField()
    name = serializers.CharField()
    partner = serializers.CharField(source="partner.code")
    role = serializers.CharField()
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class PeopleQuery(ListQuery):
    """Filters of the list of people."""

    lookups: ClassVar = {"email": "email", "active": "is_active", "partner": "memberships__partner__code"}
    internal: ClassVar = frozenset({"partner"})
    """A partner's key reads its own people; where else they belong is nobody's business."""

    email = serializers.EmailField(required=False)
    active = serializers.BooleanField(required=False)
    partner = serializers.CharField(max_length=64, required=False)


class InvitationQuery(ListQuery):
    """Filters of the list of invitations."""

    lookups: ClassVar = {"email": "email", "partner": "partner__code"}

    email = serializers.EmailField(required=False)
    partner = serializers.CharField(max_length=64, required=False)


class PersonResource(Resource):
    """`/people`."""

    resource = "people"
    query_class = PeopleQuery
    serializer_class = PersonAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return people with their seats."""
        seats = Membership.objects.visible_to(actor).select_related("partner").order_by("id")
        return people_visible_to(actor).prefetch_related(Prefetch("memberships", queryset=seats, to_attr="seats"))

    @extend_schema(request=PersonInput, responses=PersonAnswer)
    def change(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Switch a person off or on, at once: sessions end. A partner's key only switches off."""
        person, active = self.get_object(), self.understood(PersonInput)["active"]
        if self.actor.is_partner:
            act = reactivate_person if active else deactivate_person
            act(membership_id=self._seat(person).pk, actor=self.actor, now=timezone.now())
        else:
            switch = switch_account_on if active else switch_account_off
            switch(user_id=person.pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())

    @extend_schema(request=RoleInput, responses=PersonAnswer)
    def role(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Give a person another role at a partner."""
        person, given = self.get_object(), self.understood(RoleInput)
        seat = self._seat(person, code=given["partner"])
        change_role(membership_id=seat.pk, role=given["role"], actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())

    def _seat(self, person: User, *, code: str = "") -> Membership:
        rows = Membership.objects.visible_to(self.actor).filter(user=person)
        row = (rows.filter(partner__code=code) if code else rows).first()
        if row is None:
            raise DomainError("unknown_reference", _("The person has no role there."), field="partner")
        return row


class InvitationResource(Resource):
    """`/people-invitations`."""

    resource = "people"
    operations = "people-invitations"
    query_class = InvitationQuery
    serializer_class = InvitationAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return invitations to partners."""
        return Invitation.objects.visible_to(actor).filter(partner__isnull=False).select_related("partner")

    @extend_schema(request=InvitationInput, responses={201: InvitationAnswer})
    def invite(self, _request: Request) -> Response:
        """Invite somebody to a partner; they join by the link in the mail."""
        given = self.understood(InvitationInput)
        partner = Partner.objects.visible_to(self.actor).filter(code=given["partner"]).first()
        if partner is None:
            raise DomainError("unknown_reference", _("There is no partner of this code."), field="partner")
        row = invite_person(
            partner_id=partner.pk, email=given["email"], name=given.get("name", ""), role=given["role"],
            language=given.get("language", ""), actor=self.actor, now=timezone.now(),
        )  # fmt: skip
        return self.answer(self.get_queryset().get(pk=row.pk), HTTPStatus.CREATED)

    @extend_schema(request=None, responses=InvitationAnswer)
    def resend(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Send the mail again with a new link; the one of before opens nothing any more."""
        resend_invitation(invitation_id=self.get_object().pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())

    @extend_schema(request=None, responses=InvitationAnswer)
    def revoke(self, _request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Take the invitation back."""
        revoke_invitation(invitation_id=self.get_object().pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())
