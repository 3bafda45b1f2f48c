"""The people of the tests: the vendor's own, partner Northwind, its rival Contoso, and others.

``cast = assemble()`` makes them all; ``cast.signed_in("seller")`` is a client of that person, and
``cast.actor("seller")`` the actor as the portal or console would make it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from partners.models import Membership, MembershipRole, Partner, PartnerStatus, Tier
from prm.actors import Actor, ActorKind, Channel, InternalRole
from prm.models import User
from tests.factories.partners import (
    assign_tier,
    make_membership,
    make_partner,
    make_tier,
    make_user,
)

INTERNAL = ("manager", "second_manager", "finance_person", "admin", "viewer")


@dataclass(frozen=True)
class Cast:
    """Everybody by name. ``owner``, ``seller``, ``finance``, ``marketing`` belong to ``partner``."""

    manager: User
    second_manager: User
    finance_person: User
    admin: User
    viewer: User
    tier: Tier
    partner: Partner
    owner: User
    seller: User
    finance: User
    marketing: User
    rival: Partner
    rival_owner: User
    rival_seller: User
    former: Partner
    former_owner: User
    stranger: User

    def signed_in(self, name: str) -> Client:
        """Return a client signed in as the person called ``name``."""
        client = Client()
        client.force_login(getattr(self, name))
        return client

    def actor(self, name: str) -> Actor:
        """Return the actor of the person called ``name``, through the door where they work."""
        user: User = getattr(self, name)
        if user.roles:
            return Actor(
                kind=ActorKind.INTERNAL,
                channel=Channel.CONSOLE,
                user_id=user.pk,
                label=str(user),
                internal_roles=frozenset(user.roles),
            )
        membership = Membership.objects.filter(user=user).order_by("id").first()
        if membership is None:
            return Actor()
        return Actor(
            kind=ActorKind.PARTNER,
            channel=Channel.PORTAL,
            user_id=user.pk,
            label=str(user),
            partner_id=membership.partner_id,
            partner_role=membership.role,
        )


def _person(name: str, partner: Partner, role: str) -> User:
    first = name.split(maxsplit=1)[0].lower()
    user = make_user(f"{first}@{partner.code}.example", name=name)
    make_membership(user, partner, role)
    return user


def assemble() -> Cast:
    """Make everybody."""
    tier = make_tier("silver", rank=1, name="Silver", protection_days=90, live_cap=15)
    partner = make_partner(
        "northwind",
        name="Northwind IT",
        country="FI",
        website="northwind.example",
        manager_email="anna@vendor.example",
    )
    rival = make_partner(
        "contoso",
        name="Contoso Cloud",
        country="PL",
        website="contoso.example",
        manager_email="piotr@vendor.example",
    )
    former = make_partner("fabrikam", name="Fabrikam Services", status=PartnerStatus.TERMINATED)
    assign_tier(partner, tier)
    assign_tier(rival, tier)
    return Cast(
        manager=make_user("anna@vendor.example", name="Anna Kowal", roles=(InternalRole.CHANNEL_MANAGER,)),
        second_manager=make_user("piotr@vendor.example", name="Piotr Zawada", roles=(InternalRole.CHANNEL_MANAGER,)),
        finance_person=make_user("fiona@vendor.example", name="Fiona Marsh", roles=(InternalRole.FINANCE,)),
        admin=make_user("ada@vendor.example", name="Ada Berg", roles=(InternalRole.ADMIN,), is_staff=True),
        viewer=make_user("victor@vendor.example", name="Victor Lund", roles=(InternalRole.VIEWER,)),
        tier=tier,
        partner=partner,
        owner=_person("Sanna Rinne", partner, MembershipRole.OWNER),
        seller=_person("Jere Salmi", partner, MembershipRole.SELLER),
        finance=_person("Outi Laine", partner, MembershipRole.FINANCE),
        marketing=_person("Mikko Aho", partner, MembershipRole.MARKETING),
        rival=rival,
        rival_owner=_person("Ewa Maj", rival, MembershipRole.OWNER),
        rival_seller=_person("Tomasz Rey", rival, MembershipRole.SELLER),
        former=former,
        former_owner=_person("Hans Meier", former, MembershipRole.OWNER),
        stranger=make_user("stranger@example.com", name="Sam Stranger"),
    )
