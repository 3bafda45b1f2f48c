"""Addresses of surveys, tiers and key figures for the walk of rivals: which of the victim's ids each takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.journeys.people_addresses import PEOPLE
from tests.journeys.world import World

Fill = Callable[[World], dict[str, Any]]


def _nothing(_world: World) -> dict[str, Any]:
    return {}


def _fixed(**values: Any) -> Fill:
    return lambda _world: values


def _partner(world: World) -> dict[str, Any]:
    return {"code": world.cast.partner.code}


def _plan_version(world: World) -> dict[str, Any]:
    return {"public_id": world.plan.public_id}


def _review(world: World) -> dict[str, Any]:
    return {"public_id": world.review.public_id}


def _plan_action(world: World) -> dict[str, Any]:
    return {"public_id": world.plan.plan.actions.order_by("pk")[0].public_id}


OF_PARTNERS: dict[str, Fill] = {
    **PEOPLE,
    "portal/progress/": _nothing,
    "survey/<token>/": _fixed(token="0" * 32),
    **{f"manage/partners/satisfaction/{part}": _nothing for part in ("", "satisfaction.csv", "open/")},
    **{f"manage/partners/tiers/{part}": _nothing for part in ("", "tiers.csv", "criteria/")},
    **{f"manage/partners/certifications/{part}": _nothing for part in ("", "certifications.csv", "record/")},
    "manage/partners/tiers/runs/<as_of>/": _fixed(as_of="2026-10-31"),
    "manage/partners/<code>/tier/": lambda world: {"code": world.cast.partner.code},
    "manage/partners/<code>/tier/<public_id>/end/": lambda world: {
        "code": world.cast.partner.code,
        "public_id": world.registration.public_id,
    },
    "manage/partners/satisfaction/follow-ups/<public_id>/": lambda world: {"public_id": world.registration.public_id},
    "manage/partners/satisfaction/<wave>/close/": _fixed(wave="x"),
    **{f"apply/{part}": _nothing for part in ("", "sent/")},
    "apply/mine/<token>/": _fixed(token="0" * 32),
    **{f"manage/partners/applications/{part}": _nothing for part in ("", "applications.csv", "several/")},
    **{
        f"manage/partners/applications/<public_id>/{part}": lambda world: {"public_id": world.registration.public_id}
        for part in ("", "act/")
    },
    "api/v1/applications": _nothing,
    "api/v1/applications/<id>": lambda world: {"id": world.registration.public_id},
    **{f"portal/{part}/": _nothing for part in ("onboarding", "agreement")},
    "manage/partners/onboarding/": _nothing,
    **{
        f"{area}onboarding/<public_id>/{act}/": lambda world: {"public_id": world.paper.step.public_id}
        for area in ("portal/", "manage/partners/")
        for act in ("done", "files")
    },
    "manage/partners/onboarding/<public_id>/assign/": lambda world: {"public_id": world.paper.step.public_id},
    **{
        f"{area}onboarding/files/<public_id>/": lambda world: {"public_id": world.paper.public_id}
        for area in ("portal/", "manage/partners/")
    },
    **{f"manage/partners/<code>/onboarding/{act}/": _partner for act in ("close", "reopen")},
    **{f"api/v1/{name}": _nothing for name in ("onboarding-steps", "onboarding-papers")},
    **{
        f"api/v1/onboarding-steps/<id>{act}": lambda world: {"id": world.paper.step.public_id}
        for act in ("", "/done", "/papers")
    },
    **{f"api/v1/onboarding-papers/<id>{act}": lambda world: {"id": world.paper.public_id} for act in ("", "/content")},
    **{f"portal/activity/{part}": _nothing for part in ("", "activity.csv")},
    **{f"manage/partners/<code>/activity/{part}": _partner for part in ("", "activity.csv", "review/")},
    "manage/partners/<code>/terminate/": _partner,
    **{f"api/v1/{part}": _nothing for part in ("activities", "joint-plans", "joint-actions", "business-reviews")},
    **{
        f"api/v1/joint-plans/<id>{part}": lambda world: {"id": world.plan.public_id}
        for part in ("", "/propose", "/change", "/discard", "/standings")
    },
    **{
        f"api/v1/joint-actions/<id>{part}": lambda world: {"id": _plan_action(world)["public_id"]}
        for part in ("", "/done", "/reopen")
    },
    **{
        f"api/v1/business-reviews/<id>{part}": lambda world: {"id": world.review.public_id}
        for part in ("", "/share", "/hold", "/figures")
    },
    "portal/reviews/": _nothing,
    "portal/reviews/<public_id>/": _review,
    "manage/partners/<code>/reviews/": _partner,
    **{
        f"manage/partners/<code>/reviews/<public_id>/{part}": lambda world: {**_partner(world), **_review(world)}
        for part in ("", "act/")
    },
    **{f"portal/plan/{part}": _nothing for part in ("", "plan.csv")},
    "portal/plan/actions/<public_id>/": _plan_action,
    "portal/plan/<public_id>/answer/": _plan_version,
    **{f"manage/partners/plans/{part}": _nothing for part in ("", "plans.csv")},
    "manage/partners/plans/actions/<public_id>/": _plan_action,
    **{f"manage/partners/<code>/plan/{part}": _partner for part in ("", "plan.csv", "begin/")},
    **{
        f"manage/partners/<code>/plan/<public_id>/{part}": lambda world: {**_partner(world), **_plan_version(world)}
        for part in ("", "act/")
    },
    "manage/program/": _nothing,
    "manage/book/": _nothing,
    **{f"manage/figures/{part}": _nothing for part in ("", "figures.csv")},
    **{
        f"manage/figures/<code>/{part}": _fixed(code="activity_rate")
        for part in ("", "figure.csv", "by-month.csv", "rows.csv")
    },
    "api/v1/figures": _nothing,
    "api/v1/figures/<code>": _fixed(code="activity_rate"),
    "api/v1/figures/<code>/series": _fixed(code="activity_rate"),
    "api/v1/figures/<code>/rows": _fixed(code="win_rate"),
    "api/v1/surveys": _nothing,
    "api/v1/tier-evaluations": _nothing,
    "api/v1/surveys/<code>": _fixed(code="x"),
    "api/v1/surveys/<code>/close": _fixed(code="x"),
    "api/v1/tier-overrides": _nothing,
    **{f"api/v1/tier-overrides/<id>{act}": lambda world: {"id": world.registration.public_id} for act in ("", "/end")},
}
