"""Writes the partners, their people, tiers and parents, and the vendor's own people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from commissions.demo.partners import COLLEAGUES, MEMBERS, ONBOARDING, TIERS, Member
from commissions.demo.program import DISTRIBUTION
from commissions.demo.timeline import Timeline, at
from commissions.models import Plan, PlanAssignment
from partners.models import (
    Activity,
    Certification,
    Membership,
    MembershipRole,
    ParentAssignment,
    Partner,
    PartnerStatus,
    PartnerType,
    StatusPeriod,
    Territory,
    Tier,
    TierAssignment,
)
from prm.actors import Actor, ActorKind, Channel, InternalRole
from prm.models import User

EXAMS = ("Workspace Specialist", "Backup Specialist", "Security Specialist", "Sales Foundation")
YEARLY = {"Security Specialist", "Backup Specialist"}
"""What has to be passed again after a year: some have run out, some will soon."""

A_YEAR = timedelta(days=365)
_LETTERS = str.maketrans("łøæ", "loa")


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody by name: ``colleagues`` by e-mail, ``partners`` by code, ``staff`` by partner's code and role."""

    colleagues: Mapping[str, User]
    partners: Mapping[str, Partner]
    staff: Mapping[tuple[str, str], User]

    def actor(self, code: str, role: str = "seller") -> Actor:
        """Return a partner's person at work in the portal."""
        user, partner = self.staff[code, role], self.partners[code]
        return Actor(
            kind=ActorKind.PARTNER,
            channel=Channel.PORTAL,
            user_id=user.pk,
            label=user.name,
            partner_id=partner.pk,
            partner_role=role,
        )

    def colleague(self, email: str) -> Actor:
        """Return one of the vendor's people at work in the console."""
        user = self.colleagues[email]
        return Actor(
            kind=ActorKind.INTERNAL,
            channel=Channel.CONSOLE,
            user_id=user.pk,
            label=user.name,
            internal_roles=frozenset(user.roles),
        )


def write_colleagues() -> dict[str, User]:
    """Make Halden's people; nobody has a password yet."""
    made = [
        User(
            email=email, name=name, roles=[role], password=make_password(None), loopback_only=True,
            is_staff=role == InternalRole.ADMIN, is_superuser=role == InternalRole.ADMIN,
        )
        for email, name, role in COLLEAGUES
    ]  # fmt: skip
    return {user.email: user for user in User.objects.bulk_create(made)}


def write_partners(timeline: Timeline, random: Random, colleagues: Mapping[str, User]) -> Cast:
    """Make the partners with their history and people, and return everybody."""
    partners = {
        partner.code: partner
        for partner in Partner.objects.bulk_create(_partner(member, timeline) for member in MEMBERS)
    }
    StatusPeriod.objects.bulk_create(
        StatusPeriod(partner=partner, status=partner.status, valid_from=timeline.day(member.since, 1))
        for member, partner in _both(partners)
    )
    _write_tiers(timeline, partners)
    ParentAssignment.objects.bulk_create(
        ParentAssignment(partner=partner, parent=partners[member.parent])
        for member, partner in _both(partners)
        if member.parent
    )
    distribution = Plan.objects.get(code=DISTRIBUTION)
    PlanAssignment.objects.bulk_create(
        PlanAssignment(partner=partner, plan=distribution)
        for member, partner in _both(partners)
        if member.type == PartnerType.DISTRIBUTOR
    )
    Territory.objects.create(partner=partners["mazur-sieci"], country="PL")
    Territory.objects.create(partner=partners["haibin"], country="CN")
    staff = _write_people(timeline, partners)
    _write_exams(timeline, random, partners, staff)
    return Cast(colleagues, partners, staff)


def mail_name(name: str) -> str:
    """Return the part of a mail address before its domain: ``saana.rintala``."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z]+", plain))


def _both(partners: Mapping[str, Partner]) -> list[tuple[Member, Partner]]:
    return [(member, partners[member.code]) for member in MEMBERS]


def _partner(member: Member, timeline: Timeline) -> Partner:
    active = member.code != ONBOARDING
    return Partner(
        code=member.code,
        name=member.name,
        type=member.type,
        status=PartnerStatus.ACTIVE if active else PartnerStatus.ONBOARDING,
        country=member.country,
        website=f"www.{member.mail_domain}",
        manager_email=member.manager,
        activated_on=timeline.day(member.since, 1) if active else None,
    )


def _write_tiers(timeline: Timeline, partners: Mapping[str, Partner]) -> None:
    tiers = {tier.code: tier for tier in Tier.objects.filter(code__in=[row[0] for row in TIERS])}
    rows = []
    for member, partner in _both(partners):
        ends = [timeline.month(number) for number, _ in member.tiers[1:]] + [None]
        for (number, code), until in zip(member.tiers, ends, strict=True) if member.tiers else ():
            rows.append(
                TierAssignment(partner=partner, tier=tiers[code], valid_from=timeline.month(number), valid_until=until)
            )
    TierAssignment.objects.bulk_create(rows)


def _write_people(timeline: Timeline, partners: Mapping[str, Partner]) -> dict[tuple[str, str], User]:
    """Make each partner's owner, seller and, where it has one, finance person; nobody has a password yet."""
    seats = [
        (member, role, name)
        for member in MEMBERS
        for role, name in (
            (MembershipRole.OWNER, member.owner),
            (MembershipRole.SELLER, member.seller),
            (MembershipRole.FINANCE, member.finance),
        )
        if name
    ]
    users = User.objects.bulk_create(
        User(
            email=f"{mail_name(name)}@{member.mail_domain}",
            name=name,
            password=make_password(None),
            loopback_only=True,
        )
        for member, _role, name in seats
    )
    seen = _last_visit(timeline)
    Membership.objects.bulk_create(
        Membership(user=user, partner=partners[member.code], role=role, last_seen_at=seen)
        for (member, role, _name), user in zip(seats, users, strict=True)
    )
    return {(member.code, str(role)): user for (member, role, _name), user in zip(seats, users, strict=True)}


def _last_visit(timeline: Timeline) -> datetime:
    return at(timeline.working_day(4), 8, 40)


def _write_exams(
    timeline: Timeline, random: Random, partners: Mapping[str, Partner], staff: Mapping[tuple[str, str], User]
) -> None:
    """Let people pass exams: a certification and the fact in the partner's log."""
    passed = [
        (partners[code], user, exam, timeline.today - timedelta(days=random.randint(20, 400)))
        for (code, _role), user in staff.items()
        for exam in random.sample(EXAMS, random.randint(0, 2))
    ]
    recent = timeline.working_day(3)
    passed.append((partners["aldervik"], staff["aldervik", "seller"], "Connectivity Specialist", recent))
    Certification.objects.bulk_create(
        Certification(
            user=user,
            certification=exam,
            valid_from=on,
            valid_until=on + A_YEAR if exam in YEARLY else None,
            expiry_told_at=timeline.now if exam in YEARLY else None,
        )
        for _partner, user, exam, on in passed
    )
    Activity.objects.bulk_create(
        Activity(partner=partner, kind="certification_passed", occurred_at=at(on, 13, 5), object=exam, user=user)
        for partner, user, exam, on in passed
    )
