"""Reads about people and the partners that they belong to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Case, Value, When
from django.utils import timezone

from partners.models import Invitation, Membership, MembershipRole, PartnerStatus
from partners.queries.agreements import overdue_for, waiting_for
from prm.actors import InternalRole
from prm.doors import Seat
from prm.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from prm.actors import Actor

LET_IN = (
    PartnerStatus.ONBOARDING,
    PartnerStatus.ACTIVE,
    PartnerStatus.SUSPENDED,
    PartnerStatus.TERMINATED,
)
"""States in which a partner's people may sign in; which pages then open is the doors' business."""


def memberships_of(*, user_id: int) -> QuerySet[Membership]:
    """Return the memberships through which a person may act, ended partnerships last."""
    ended_last = Case(When(partner__status=PartnerStatus.TERMINATED, then=Value(1)), default=Value(0))
    return (
        Membership.objects.filter(user_id=user_id, is_active=True, partner__status__in=LET_IN)
        .select_related("partner")
        .order_by(ended_last, "id")
    )


def seats_of(*, user_id: int, now: datetime | None = None) -> list[Seat]:
    """Return a person's seats, the default one first. One query."""
    overdue = overdue_for("partner_id", now=now or timezone.now())
    rows = memberships_of(user_id=user_id).annotate(asked=waiting_for("partner_id"), due=overdue)
    return [
        replace(seat_of_membership(row), must_accept=row.due and _owns(row), nothing_to_accept=not row.asked)
        for row in rows
    ]


def _owns(row: Membership) -> bool:
    return row.role == MembershipRole.OWNER and row.partner.status != PartnerStatus.TERMINATED


def seat_of_membership(membership: Membership) -> Seat:
    """Return a membership as a request knows it; its partner is joined already."""
    return Seat(
        membership_id=membership.pk,
        partner_id=membership.partner_id,
        partner_name=membership.partner.name,
        partner_status=membership.partner.status,
        role=membership.role,
        role_name=membership.get_role_display(),
        since=membership.previous_seen_at,
        last_seen_at=membership.last_seen_at,
    )


def colleagues(*, actor: Actor, partner_id: int) -> list[Membership]:
    """Return the people of a partner, owners first, those without access last."""
    return list(
        Membership.objects.visible_to(actor)
        .filter(partner_id=partner_id)
        .select_related("user")
        .order_by("-is_active", owners_first(), "user__name", "id")
    )


def owners_first() -> Case:
    """Return the order of roles on pages: owner, seller, finance, marketing."""
    return Case(*(When(role=role, then=Value(place)) for place, role in enumerate(MembershipRole.values)))


def open_invitations(*, actor: Actor, partner_id: int) -> list[Invitation]:
    """Return the invitations to a partner that nobody accepted or took back, the latest first."""
    rows = Invitation.objects.visible_to(actor).filter(partner_id=partner_id)
    return list(rows.filter(accepted_at__isnull=True, revoked_at__isnull=True).order_by("-sent_at", "-id"))


def internal_people(*, actor: Actor) -> tuple[list[User], list[Invitation]]:
    """Return the vendor's own people and those who are invited; for administrators, else nobody. Two queries."""
    if not actor.has_role(InternalRole.ADMIN):
        return [], []
    people = User.objects.exclude(roles=[]).order_by("-is_active", "name", "email")
    invited = Invitation.objects.filter(partner=None, accepted_at__isnull=True, revoked_at__isnull=True)
    return list(people), list(invited.order_by("-sent_at", "-id"))


def people_visible_to(actor: Actor) -> QuerySet[User]:
    """Return whom ``actor`` may see: internal people and systems everybody, a partner's actor its own people."""
    if actor.is_internal:
        return User.objects.all()
    seats = Membership.objects.visible_to(actor)
    return User.objects.filter(pk__in=seats.values("user_id"))
