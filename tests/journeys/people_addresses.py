"""The addresses of people and sign-in, with which of the victim's ids each takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.journeys.world import World

Fill = Callable[[World], dict[str, Any]]


def nothing(_world: World) -> dict[str, Any]:
    return {}


def partner(world: World) -> dict[str, Any]:
    return {"code": world.cast.partner.code}


def seller(world: World) -> dict[str, Any]:
    return {"person": world.cast.seller.public_id}


def invitation(world: World) -> dict[str, Any]:
    return {"public_id": world.invitation.public_id}


DOORS = ("portal/", "manage/")
FACTORS = (
    "",
    "authenticate/",
    "reauthenticate/",
    "totp/activate/",
    "totp/deactivate/",
    "recovery-codes/",
    "recovery-codes/generate/",
    "recovery-codes/download/",
    "webauthn/",
    "webauthn/add/",
    "webauthn/reauthenticate/",
    "webauthn/login/",
)
PEOPLE: dict[str, Fill] = {
    "join/<token>/": lambda _world: {"token": "0" * 32},
    **{f"account/security/{part}": nothing for part in ("", "end/")},
    "accounts/login/code/": nothing,
    "accounts/sso/": nothing,
    **{f"scim/v2/{part}": nothing for part in ("ServiceProviderConfig", "Users")},
    "scim/v2/Users/<public_id>": lambda world: {"public_id": world.cast.seller.public_id},
    "scim/v2/<rest>": lambda _world: {"rest": "Groups"},
    **{f"api/v1/{part}": nothing for part in ("people", "people-invitations")},
    **{f"api/v1/people/<id>{act}": lambda world: {"id": world.cast.seller.public_id} for act in ("", "/role")},
    **{
        f"api/v1/people-invitations/<id>{act}": lambda world: {"id": world.invitation.public_id}
        for act in ("", "/resend", "/revoke")
    },
    "manage/people/view-as/end/": nothing,
    "manage/partners/<code>/people/<person>/view-as/": lambda world: {**partner(world), **seller(world)},
    **{f"accounts/oidc/<provider_id>/login/{part}": lambda _world: {"provider_id": "x"} for part in ("", "callback/")},
    **{f"manage/people/single-sign-on/{part}": nothing for part in ("", "new/")},
    "manage/people/<person>/second-factor/": seller,
    "manage/people/single-sign-on/<public_id>/": lambda world: {"public_id": world.registration.public_id},
    **{f"{door}people/{part}": nothing for door in DOORS for part in ("", "invite/")},
    **{f"{door}people/<person>/": seller for door in DOORS},
    **{f"{door}people/invitations/<public_id>/": invitation for door in DOORS},
    **{f"manage/partners/<code>/people/{part}": partner for part in ("", "invite/")},
    "manage/partners/<code>/people/<person>/": lambda world: {**partner(world), **seller(world)},
    "manage/partners/<code>/people/invitations/<public_id>/": lambda world: {**partner(world), **invitation(world)},
    **{f"accounts/2fa/{part}": nothing for part in FACTORS},
    **{f"accounts/2fa/webauthn/keys/<pk>/{part}/": lambda _world: {"pk": 1} for part in ("remove", "edit")},
}
