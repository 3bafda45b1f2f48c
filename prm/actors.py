"""Who is acting: the one value that every service and every ``visible_to`` takes.

An actor is made at the door (middleware, API authentication, command) and passed down. Denial is the
default: an actor without a role sees nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """Through which door somebody came."""

    ANONYMOUS = "anonymous"
    INTERNAL = "internal"  # a colleague of the vendor, signed in
    PARTNER = "partner"  # a person of a partner, signed in
    SYSTEM_KEY = "system_key"  # an API key of a system (CRM, billing)
    PARTNER_KEY = "partner_key"  # an API key of one partner
    OPERATOR = "operator"  # the shell: outside four eyes, and logged so
    RULE = "rule"  # a batch that carries out a rule


class InternalRole(StrEnum):
    """Roles of internal people; they add up."""

    CHANNEL_MANAGER = "channel_manager"
    FINANCE = "finance"
    ADMIN = "admin"
    VIEWER = "viewer"


class PartnerRole(StrEnum):
    """Role of a person at one partner."""

    OWNER = "owner"
    SELLER = "seller"
    FINANCE = "finance"
    MARKETING = "marketing"


class Channel(StrEnum):
    """From where a change came; written to the audit trail and to every event."""

    PORTAL = "portal"
    CONSOLE = "console"
    ADMIN = "admin"
    API = "api"
    SHELL = "shell"
    RULE = "rule"
    MAIL = "mail"  # by the link in a mail, without signing in


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with which rights, through which door.

    ``partner_id`` is set for people and keys of a partner and limits everything to that partner.
    """

    kind: ActorKind = ActorKind.ANONYMOUS
    channel: Channel = Channel.PORTAL
    user_id: int | None = None
    label: str = ""
    internal_roles: frozenset[str] = field(default_factory=frozenset)
    partner_id: int | None = None
    partner_role: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_internal(self) -> bool:
        """Whether the actor works for the vendor (or is its operator, batch or system)."""
        if self.kind is ActorKind.INTERNAL:
            return bool(self.internal_roles)
        return self.kind in {ActorKind.SYSTEM_KEY, ActorKind.OPERATOR, ActorKind.RULE}

    @property
    def is_partner(self) -> bool:
        """Whether the actor stands for exactly one partner."""
        return self.kind in {ActorKind.PARTNER, ActorKind.PARTNER_KEY} and self.partner_id is not None

    @property
    def partner_scope(self) -> int | None:
        """Return the partner to whose rows the actor is limited, or None if it stands for no partner."""
        return self.partner_id if self.is_partner else None

    @property
    def sees_money(self) -> bool:
        """Whether commission amounts may be shown: never to a seller or to marketing."""
        if self.is_partner:
            return self.kind is ActorKind.PARTNER_KEY or self.partner_role in {
                PartnerRole.OWNER,
                PartnerRole.FINANCE,
            }
        return self.is_internal

    def has_role(self, *roles: str) -> bool:
        """Whether an internal actor holds one of ``roles``; the operator and rules hold all."""
        if self.kind in {ActorKind.OPERATOR, ActorKind.RULE}:
            return True
        return self.kind is ActorKind.INTERNAL and bool(self.internal_roles & set(roles))

    @property
    def owns_portal(self) -> bool:
        """Whether a partner's person is one of its owners, who manage its people."""
        return self.kind is ActorKind.PARTNER and self.is_partner and self.partner_role == PartnerRole.OWNER

    @property
    def speaks_for_partner(self) -> bool:
        """Whether the actor stands for a partner's company as a whole: one of its owners, or its key."""
        return self.owns_portal or (self.kind is ActorKind.PARTNER_KEY and self.is_partner)

    @property
    def registers_deals(self) -> bool:
        """Whether a partner's actor may submit and update registrations."""
        return self.is_partner and (
            self.kind is ActorKind.PARTNER_KEY or self.partner_role in {PartnerRole.OWNER, PartnerRole.SELLER}
        )


OPERATOR = Actor(kind=ActorKind.OPERATOR, channel=Channel.SHELL, label="operator")
RULE = Actor(kind=ActorKind.RULE, channel=Channel.RULE, label="rule")
ANONYMOUS = Actor()
