"""What the pages of people tell the kernel: their navigation, the sentences of their activity, their scopes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from prm import activities, navigation
from prm.activities import ActivityKind
from prm.actors import InternalRole
from prm.api import scopes

KINDS = (
    ActivityKind("person_invited", _("Invited: %(object)s")),
    ActivityKind("invitation_revoked", _("Invitation taken back: %(object)s")),
    ActivityKind("person_joined", _("Joined: %(object)s")),
    ActivityKind("person_role_changed", _("Role changed: %(object)s")),
    ActivityKind("person_left", _("Has no access any more: %(object)s")),
    ActivityKind("person_returned", _("Has access again: %(object)s")),
    ActivityKind("second_factor_reset", _("The program removed the second factor of %(object)s")),
    ActivityKind("viewed_as", _("The program looked at the portal as %(object)s")),
)


def register() -> None:
    """Add all of it."""
    scopes.register("people", system="read write", partner="read write")
    activities.register(KINDS)
    navigation.register(
        navigation.Item(
            area="portal",
            label=_("People"),
            url_name="partners_portal:people",
            position=80,
            visible=lambda actor: actor.owns_portal,
        )
    )
    navigation.register(
        navigation.Item(
            area="console",
            label=_("People"),
            url_name="people_manage:people",
            position=80,
            visible=lambda actor: actor.has_role(InternalRole.ADMIN),
        )
    )
