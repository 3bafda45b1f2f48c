"""Everybody who has no business with a partner walks every address with that partner's ids, and learns nothing.

A new address without a line in ``ADDRESSES`` fails the first test here: say which of the victim's ids it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from prm.models import AuditEvent
from tests.api import integrator
from tests.journeys.of_lists import OF_LISTS
from tests.journeys.of_partners import OF_PARTNERS
from tests.journeys.world import World, build, digest

pytestmark = pytest.mark.django_db

Fill = Callable[[World], dict[str, Any]]


def nothing(_world: World) -> dict[str, Any]:
    """Give nothing: an address without ids."""
    return {}


def deal(world: World) -> dict[str, Any]:
    return {"public_id": world.registration.public_id}


def paper(world: World) -> dict[str, Any]:
    return {"public_id": world.registration.public_id, "file_id": world.registration.public_id}


def account(world: World) -> dict[str, Any]:
    return {"public_id": world.account.public_id}


def lead(world: World) -> dict[str, Any]:
    return {"public_id": world.lead.public_id}


def partner(world: World) -> dict[str, Any]:
    return {"code": world.cast.partner.code}


def run(world: World) -> dict[str, Any]:
    return {"number": world.run.number}


def statement(world: World) -> dict[str, Any]:
    return {"number": world.statement.number}


def dispute(world: World) -> dict[str, Any]:
    return {"number": world.dispute.number}


def entry(world: World) -> dict[str, Any]:
    return {"key": f"{world.subscription.pk}-recurring"}


def adjustment(world: World) -> dict[str, Any]:
    return {"public_id": world.adjustment.public_id}


def batch(world: World) -> dict[str, Any]:
    return {"number": world.file.batch.number}


def payout(world: World) -> dict[str, Any]:
    return {**batch(world), "payout": world.file.batch.payouts.get().number}


def plan(world: World) -> dict[str, Any]:
    return {"code": world.rule.plan.code, "number": world.rule.pk}


def letter(world: World) -> dict[str, Any]:
    return {"public_id": world.letter.public_id}


def notice(world: World) -> dict[str, Any]:
    return {"public_id": world.notice.public_id}


def tender(world: World) -> dict[str, Any]:
    return {"public_id": world.tender.public_id}


def token(_world: World) -> dict[str, Any]:
    return {"token": "0" * 32}


def of_api(name: str) -> Fill:
    """Give the id by which the API knows a thing of the world."""

    def fill(world: World) -> dict[str, Any]:
        return {"id": getattr(world, name).public_id}

    return fill


def external(name: str) -> Fill:
    """Give the id that another system gave a thing."""

    def fill(world: World) -> dict[str, Any]:
        thing = getattr(world, name)
        return {"source_system": thing.source_system or "crm", "external_id": thing.external_id or "x"}

    return fill


ADDRESSES: dict[str, Fill] = {
    "": nothing,
    "ui/theme/": nothing,
    "ui/language/": nothing,
    "ui/brand/<color>.css": lambda _world: {"color": "1d5fd0"},
    "styleguide/": nothing,
    "accounts/login/": nothing,
    "accounts/logout/": nothing,
    "accounts/inactive/": nothing,
    "accounts/signup/": nothing,
    "accounts/reauthenticate/": nothing,
    "accounts/email/": nothing,
    "accounts/confirm-email/": nothing,
    "accounts/confirm-email/<key>/": lambda _world: {"key": "x"},
    "accounts/password/change/": nothing,
    "accounts/password/set/": nothing,
    "accounts/password/reset/": nothing,
    "accounts/password/reset/done/": nothing,
    "accounts/password/reset/key/<uidb36>-<key>/": lambda world: {"uidb36": world.cast.owner.pk, "key": "x"},
    "accounts/password/reset/key/done/": nothing,
    "accounts/login/code/confirm/": nothing,
    "portal/": nothing,
    "portal/company/": nothing,
    **{f"portal/payout-details/{part}": nothing for part in ("", "account/", "tax-form/", "self-billing/")},
    "portal/switch/": nothing,
    "portal/deals/": nothing,
    "portal/deals/deals.csv": nothing,
    "portal/deals/new/": nothing,
    "portal/deals/leads/": nothing,
    "portal/deals/scorecard/": nothing,
    "portal/deals/leads/<public_id>/": lead,
    "portal/deals/leads/<public_id>/act/": lead,
    "portal/deals/check/": nothing,
    "portal/deals/estimate/": nothing,
    "portal/deals/autosave/": nothing,
    "portal/deals/<public_id>/files/": deal,
    "portal/deals/<public_id>/files/<file_id>/": paper,
    "manage/registrations/<public_id>/files/<file_id>/": paper,
    "portal/deals/<public_id>/": deal,
    "portal/deals/<public_id>/edit/": deal,
    "portal/deals/<public_id>/act/": deal,
    "reply/<token>/": token,
    **OF_LISTS,
    **OF_PARTNERS,
    **{f"portal/deals/<public_id>/{step}/": deal for step in ("change", "hand-over", "letter")},
    "portal/deals/letters/<public_id>/file/": letter,
    "portal/deals/objections/": nothing,
    "portal/deals/objections/<public_id>/": notice,
    "portal/earnings/": nothing,
    "portal/earnings/csv/": nothing,
    "portal/earnings/why/": nothing,
    "portal/earnings/unpaid/": nothing,
    "portal/earnings/<key>/": entry,
    "portal/disputes/": nothing,
    "portal/disputes/ask/": nothing,
    "portal/disputes/<number>/": dispute,
    "portal/disputes/<number>/act/": dispute,
    "portal/payouts/": nothing,
    "portal/payouts/next/": nothing,
    "portal/statements/": nothing,
    "portal/statements/<number>/": statement,
    "portal/statements/<number>/csv/": statement,
    "portal/statements/<number>/pdf/": statement,
    "portal/statements/<number>/self-billing/": statement,
    "manage/": nothing,
    "manage/search/": nothing,
    "manage/partners/": nothing,
    "manage/partners/partners.csv": nothing,
    "manage/partners/payout-details/": nothing,
    "manage/partners/<code>/payout-details/": partner,
    "manage/partners/<code>/payout-details/act/": partner,
    "manage/partners/<code>/": partner,
    "manage/partners/<code>/status/": partner,
    "manage/partners/<code>/scorecard/": partner,
    "manage/cohorts/": nothing,
    "manage/decisions/": nothing,
    **{
        f"manage/decisions/{part}": nothing
        for part in (
            "decisions.csv",
            "several/",
            "several/results/",
            "figures/",
            "figures.csv",
            "reasons/",
            "away/",
        )
    },
    "manage/decisions/away/<public_id>/end/": deal,
    "manage/decisions/<public_id>/": deal,
    "manage/decisions/<public_id>/decide/": deal,
    **{
        f"manage/customers/{part}": nothing
        for part in ("", "customers.csv", "duplicates/", "merges/", "hosts/", "hosts/forget/")
    },
    "manage/customers/duplicates/<public_id>/": deal,
    "manage/customers/merges/<public_id>/undo/": deal,
    "manage/customers/<public_id>/": deal,
    "manage/customers/<public_id>/merge/": deal,
    "manage/registrations/": nothing,
    "manage/registrations/<public_id>/": deal,
    "manage/registrations/<public_id>/act/": deal,
    "manage/registrations/<public_id>/win/": deal,
    "manage/registrations/<public_id>/decisions/": deal,
    "manage/rules-of-engagement/": nothing,
    "manage/rules-of-engagement/new/": nothing,
    **{
        f"manage/rules-of-engagement/<version>/{part}": lambda _world: {"version": 1}
        for part in ("", "edit/", "withdraw/")
    },
    "manage/named-accounts/": nothing,
    "manage/named-accounts/add/": nothing,
    "manage/named-accounts/new-list/": nothing,
    "manage/named-accounts/<public_id>/end/": deal,
    "manage/registrations/<public_id>/undo-win/": deal,
    "manage/registrations/<public_id>/seller/": deal,
    "manage/late-wins/<public_id>/decide/": deal,
    "manage/leads/new/": nothing,
    "manage/leads/<public_id>/": lead,
    "manage/leads/<public_id>/act/": lead,
    "manage/awards/export/": nothing,
    "manage/awards/exports/<number>.csv": lambda _world: {"number": 1},
    "manage/awards/terms/": nothing,
    "manage/registrations/<public_id>/steps/": deal,
    "manage/tenders/<public_id>/": tender,
    "manage/letters/<public_id>/": letter,
    "manage/letters/<public_id>/file/": letter,
    "manage/runs/": nothing,
    "manage/runs/calculate/": nothing,
    **{
        f"manage/runs/<number>/{part}": run
        for part in ("", "progress/", "changes/", "entries/", "csv/", "approve/", "reject/", "compare/", "compare/csv/")
    },
    "manage/runs/<number>/files/<part>/": lambda world: {**run(world), "part": "totals"},
    "manage/simulation/": nothing,
    "manage/simulation/csv/": nothing,
    "manage/disputes/": nothing,
    "manage/disputes/disputes.csv": nothing,
    "manage/disputes/<number>/": dispute,
    "manage/disputes/<number>/answer/": dispute,
    "manage/statements/<number>/pdf/": statement,
    "manage/statements/<number>/self-billing/": statement,
    "manage/runs/<number>/accounting/": run,
    "manage/payment-years/<year>/csv/": lambda _world: {"year": 2026},
    "portal/withheld/<year>/csv/": lambda _world: {"year": 2026},
    "manage/payment-files/": nothing,
    "manage/payment-files/<message>/": lambda world: {"message": world.file.message_id},
    "manage/payment-answers/<number>/new/": lambda world: {"number": world.file.batch.number},
    "manage/payment-answers/<public_id>/": lambda world: {"public_id": world.answer.public_id},
    "manage/statements/<number>/csv/": statement,
    **{
        f"manage/{part}": nothing
        for part in (
            "adjustments/",
            "adjustments/adjustments.csv",
            "adjustments/add/",
            "adjustments/check/",
            "differences/",
            "differences/differences.csv",
            "differences/decide/",
        )
    },
    **{f"manage/adjustments/<public_id>/{part}": adjustment for part in ("withdraw/", "again/")},
    "manage/leakage/": nothing,
    "manage/leakage/leakage.csv": nothing,
    "manage/why/": nothing,
    "manage/payouts/": nothing,
    "manage/payouts/prepare/": nothing,
    "manage/payouts/preview.csv": nothing,
    "manage/payouts/contradictions/<public_id>/": lambda world: {"public_id": world.contradiction.public_id},
    **{f"manage/payouts/<number>/{part}": batch for part in ("", "payouts.csv", "submit/", "progress/")},
    **{f"manage/payouts/<number>/<payout>/{part}": payout for part in ("record/", "cancel/")},
    "manage/plans/": nothing,
    "manage/new-plan/": nothing,
    **{
        f"manage/plans/<code>/{part}": plan
        for part in ("", "edit/", "rules.csv", "partners/", "partners/assign/", "rules/add/", "rules/check/")
    },
    "manage/plans/<code>/partners/<number>/end/": lambda world: {
        "code": world.assignment.plan.code,
        "number": world.assignment.pk,
    },
    **{f"manage/plans/<code>/rules/<number>/{part}": plan for part in ("", "correct/", "check/", "end/", "undo/")},
    "manage/import/": nothing,
    "manage/import/<token>/": token,
    "manage/import/<token>/problems.csv": token,
    "api/v1/schema/": nothing,
    "api/v1/docs/": nothing,
    "api/v1/partners": nothing,
    "api/v1/partners/<id>": lambda world: {"id": world.cast.partner.public_id},
    "api/v1/payees/<id>": lambda world: {"id": world.cast.partner.public_id},
    "api/v1/tiers/<code>": lambda world: {"code": world.cast.tier.code},
    **{f"api/v1/{name}": nothing for name in ("collections", "conflicts-check", "credits", "mrr-changes", "payees")},
    **{f"api/v1/{name}": nothing for name in ("account-candidates", "account-merges", "products", "tiers")},
    "api/v1/account-candidates/<id>": of_api("registration"),
    "api/v1/account-merges/<id>": of_api("registration"),
    "api/v1/account-merges/<id>/undo": of_api("registration"),
    "api/v1/products/<code>": lambda world: {"code": world.subscription.product.code},
    **{
        route: fill
        for name in ("account", "registration", "subscription")
        for route, fill in {
            f"api/v1/{name}s": nothing,
            f"api/v1/{name}s/<id>": of_api(name),
            f"api/v1/{name}s/by-external-id/<source_system>/<external_id>": external(name),
        }.items()
    },
    **{
        f"api/v1/{name}": nothing
        for name in ("agreements", "certifications", "named-accounts", "opportunities", "rules-of-engagement")
    },
    "api/v1/named-accounts/<id>": of_api("registration"),
    "api/v1/opportunities/<id>": of_api("registration"),
    "api/v1/opportunities/by-external-id/<source_system>/<external_id>": external("registration"),
    "api/v1/rules-of-engagement/in-force": nothing,
    "api/v1/rules-of-engagement/<version>": lambda _world: {"version": "1"},
    "api/v1/leads": nothing,
    "api/v1/leads/by-external-id/<source_system>/<external_id>": external("lead"),
    "api/v1/leads/<id>": of_api("lead"),
    **{
        f"api/v1/leads/<id>/{act}": of_api("lead")
        for act in ("accept", "decline", "convert", "offer", "hand-over", "take-back", "close")
    },
    "api/v1/co-sell-awards": nothing,
    "api/v1/co-sell-award-exports": nothing,
    **{
        f"api/v1/registrations/<id>/{act}": of_api("registration")
        for act in ("answer", "approve", "extend", "lose", "reject", "return", "submit", "win", "withdraw")
    },
    **{
        f"api/v1/registrations/<id>/{act}": of_api("registration")
        for act in ("change", "hand-over", "letter", "note", "release", "stage")
    },
    **{f"api/v1/{name}": nothing for name in ("deals", "letter-notices", "record-letters", "tenders")},
    **{f"api/v1/letter-notices/<id>{act}": of_api("notice") for act in ("", "/object")},
    **{f"api/v1/record-letters/<id>{act}": of_api("letter") for act in ("", "/decide", "/verify")},
    **{f"api/v1/tenders/<id>{act}": of_api("tender") for act in ("", "/close")},
    **{
        f"api/v1/{name}": nothing
        for name in (
            "accounting-export",
            "adjustments",
            "commission-entries",
            "commission-entries/explain",
            "leakage",
            "commission-runs",
            "open-items",
            "payout-batches",
            "payouts",
            "plans",
            "rules",
            "statements",
        )
    },
    **{f"api/v1/rules/<id>{act}": of_api("rule") for act in ("", "/correct", "/end")},
    **{f"api/v1/adjustments/<id>{act}": of_api("adjustment") for act in ("", "/withdraw")},
    "api/v1/payouts/<id>": of_api("payout"),
    "api/v1/payout-batches/<id>": lambda world: {"id": world.payout.batch.public_id},
    "api/v1/plans/<code>": lambda _world: {"code": "standard"},
    "api/v1/commission-runs/<id>": of_api("run"),
    "api/v1/statements/<id>": of_api("statement"),
    "api/v1/statements/<id>/csv": of_api("statement"),
    "api/v1/statements/<id>/pdf": of_api("statement"),
    "api/v1/disputes": nothing,
    "api/v1/disputes/<id>": of_api("dispute"),
    **{f"api/v1/disputes/<id>/{act}": of_api("dispute") for act in ("reply", "reopen", "withdraw")},
    "api/v1/<rest>": lambda _world: {"rest": "nowhere"},
}
"""Which of the victim's ids an address takes. ``/admin/`` is walked as it is registered."""

FORMS = {"act": "withdraw", "reason": "x", "text": "x", "version": "1", "membership": "{membership}"}
"""What is posted everywhere: enough to do harm where nobody looks."""


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Return every address of the project in one spelling: ``portal/statements/<number>/``."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + _plain(str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)


def _plain(route: str) -> str:
    """Leave the name of a converter, and take regular expressions apart."""
    known = {
        r"^confirm-email/(?P<key>[-:\w]+)/$": "confirm-email/<key>/",
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/<uidb36>-<key>/",
        "^.*$": "<rest>",
        "(?P<url>.*)$": "<rest>",
    }
    if route in known:
        return known[route]
    parts = [part.split(":")[-1] if index else part for index, part in enumerate(route.split("<"))]
    return "<".join(parts)


def filled(route: str, values: dict[str, Any]) -> str:
    """Return the address with its ids."""
    for name, value in values.items():
        route = route.replace(f"<{name}>", str(value))
    assert "<" not in route, f"{route}: not every id is given"
    return "/" + route


def walk(world: World, *, area: str = "") -> Iterator[tuple[str, str]]:
    """Return (route, address) of everything but the admin."""
    for route in sorted(set(routes())):
        if not route.startswith("admin/") and route.startswith(area):
            yield route, filled(route, ADDRESSES[route](world))


def ask(client: Client, method: str, address: str, world: World) -> Any:
    """Send one request, as an insider of the address would."""
    if method == "GET":
        answer = client.get(address)
    else:
        answer = client.post(address, {**FORMS, "membership": str(world.membership.pk)})
    assert answer.status_code < 500, f"{method} {address}"
    return answer


def betrayed(answer: Any, address: str, markers: list[str]) -> list[str]:
    """Return the markers that an answer shows, but for the address that was asked for."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode(errors="replace") + "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
    for own in (address, quote(address, safe="/"), quote(address, safe="")):
        text = text.replace(own, "")
    return [marker for marker in markers if marker.lower() in text.lower()]


@pytest.fixture
def world() -> World:
    cache.clear()  # what other tests have asked for from the same address is not this walk's
    return build()


def test_every_address_has_a_line_in_the_table() -> None:
    found = {route for route in routes() if not route.startswith("admin/")}

    assert sorted(found - ADDRESSES.keys()) == []


OUTSIDERS = ("rival_owner", "rival_seller", "former_owner", "stranger", "anonymous")


def client_of(world: World, name: str) -> Client:
    return Client() if name == "anonymous" else world.cast.signed_in(name)


def allowed(name: str, route: str, method: str, status: int) -> bool:
    """Whether an outsider may get this status: never a success on an address with the victim's id."""
    area, has_id = route.split("/", maxsplit=1)[0], "<" in route.replace("<year>", "")
    if area in {"api", "scim"} and route not in {"api/v1/schema/", "api/v1/docs/"}:
        return status in {401, 404, 405}
    if area == "manage":
        return status in ({302, 405} if name == "anonymous" else {403, 405})
    if area == "portal" and name == "anonymous":
        return status in {302, 405}
    if area == "portal" and name in {"stranger", "former_owner"} and route not in TO_FORMER:
        return status in {403, 404, 405}
    if area == "portal" and has_id:
        return status in {403, 404, 405}
    return status in {200, 302, 400, 403, 404, 405, 409, 422}


TO_FORMER = {
    "portal/statements/",
    "portal/disputes/",
    "portal/payouts/",
    "portal/payouts/next/",
    "portal/switch/",
    "portal/withheld/<year>/csv/",
}
"""What a terminated partner keeps."""


@pytest.mark.parametrize("name", OUTSIDERS)
def test_outsiders_learn_and_change_nothing(world: World, name: str) -> None:
    client, before = client_of(world, name), digest()
    surprises, leaks = [], []
    for route, address in walk(world):
        if route == "accounts/logout/":
            continue  # last, below: it would end the walk
        for method in ("GET", "POST"):
            answer = ask(client, method, address, world)
            if not allowed(name, route, method, answer.status_code):
                surprises.append((method, address, answer.status_code))
            leaks += [(method, address, marker) for marker in betrayed(answer, address, world.markers)]

    assert surprises == []
    assert leaks == []
    assert digest() == before
    assert betrayed(ask(client, "POST", "/accounts/logout/", world), "/accounts/logout/", world.markers) == []


@pytest.mark.parametrize("name", ["rival_owner", "anonymous", "manager", "viewer"])
def test_the_admin_is_closed_to_everybody_else(world: World, name: str) -> None:
    client, before = client_of(world, name), digest()
    values = {"object_id": "1", "app_label": "partners", "content_type_id": "1", "id": "1", "rest": "x", "url": "x"}
    for route in sorted({route for route in routes() if route.startswith("admin/")}):
        address = filled(route, {key: value for key, value in values.items() if f"<{key}>" in route})
        for method in ("GET", "POST"):
            answer = ask(client, method, address, world)
            expected = {403} if route == "admin/login/" and name != "anonymous" else {302, 404, 405}
            assert answer.status_code in expected, (method, address, answer.status_code)
            if answer.status_code == 302:
                sent_to = answer["Location"]
                assert sent_to == "/admin/" or sent_to.startswith(("/admin/login/", "/accounts/login/")), address
            assert betrayed(answer, address, world.markers) == []

    assert digest() == before


def test_a_viewer_sees_the_console_and_changes_nothing(world: World) -> None:
    client, before, trail = client_of(world, "viewer"), digest(), AuditEvent.objects.count()
    surprises = []
    for route, address in walk(world):
        if route == "accounts/logout/" or route.startswith("accounts/password"):
            continue
        for method in ("GET", "POST"):
            status = ask(client, method, address, world).status_code
            if route.startswith("portal/") and status not in {403, 405}:
                surprises.append((method, address, status))
            if route.startswith("manage/") and status not in {200, 302, 403, 404, 405}:
                surprises.append((method, address, status))

    assert surprises == []
    assert digest() == before
    assert AuditEvent.objects.count() == trail


@pytest.mark.parametrize("name", ["seller", "marketing"])
def test_a_seller_sees_no_money_anywhere(world: World, name: str) -> None:
    client, leaks = client_of(world, name), []
    for route, address in walk(world):
        if route == "accounts/logout/" or route.startswith("manage/"):
            continue
        answer = ask(client, "GET", address, world)
        leaks += [(address, marker) for marker in betrayed(answer, address, world.money_markers)]
        money = (
            "portal/earnings/",
            "portal/statements/",
            "portal/payout-details/",
            "portal/payouts/",
            "portal/disputes/",
        )
        if route.startswith(money):
            assert answer.status_code in {403, 405}, address

    assert leaks == []


def test_the_owner_does_see_what_the_others_looked_for(world: World) -> None:
    client = client_of(world, "owner")
    shown = client.get(f"/portal/statements/{world.statement.number}/")

    assert shown.status_code == 200
    assert set(betrayed(shown, "/none/", world.markers)) >= {"98,765.43", world.statement.number}


def test_a_key_of_a_rival_opens_nothing_of_the_victim(world: World) -> None:
    rival, before = integrator(partner=world.cast.rival), digest()
    surprises, leaks = [], []
    for route, address in walk(world, area="api/"):
        path = address.removeprefix("/api/v1/")
        for answer, method in ((rival.get(path), "GET"), (rival.put(path, {}), "PUT"), (rival.post(path, {}), "POST")):
            if "<id>" in route or "<external_id>" in route:
                fine = answer.status_code in ({404, 405} if method == "GET" else {400, 403, 404, 405, 422})
                # A resource that is closed to every partner says so before it looks for anything.
                fine = fine or (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
            else:
                fine = answer.status_code < 500
            if not fine:
                surprises.append((method, address, answer.status_code))
            leaks += [(method, address, marker) for marker in betrayed(answer, address, world.markers)]

    assert surprises == []
    assert leaks == []
    assert digest() == before
