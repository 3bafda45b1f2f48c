"""What this app adds to the console: its item on the bar, with the runs that wait for this person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from commissions.models import Run, RunStatus
from prm import navigation
from prm.actors import InternalRole
from prm.doors import actor_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def register() -> None:
    """Add the item; called when the app is ready."""
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Runs"),
            url_name="commissions_manage:runs",
            position=20,
            visible=lambda actor: actor is not None and actor.is_internal,
            counter=waiting,
        )
    )


def waiting(request: HttpRequest) -> int:
    """Return how many runs wait for this person's decision: those of finance."""
    if not actor_of(request).has_role(InternalRole.FINANCE):
        return 0
    return Run.objects.filter(status=RunStatus.CALCULATED).count()
