"""Single sign-on against a real OpenID Connect server on this machine, its errors included."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from urllib3.util import Retry

from partners.models import Membership, SignInDomain
from partners.services.people import deactivate_person
from partners.services.people_internal import switch_account_off
from partners.services.single_sign_on import DomainEntry, store_domain
from prm.errors import DomainError, NotAllowedError
from prm.models import AuditEvent, User
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db

SECRET = "a-secret-of-the-client"
NORTHWIND, VENDOR = "northwind.example", "vendor.example"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Run a server in a process of its own: what it says to its own developers concerns nobody here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    patient = requests.Session()
    patient.mount(
        address, requests.adapters.HTTPAdapter(max_retries=Retry(connect=60, backoff_factor=0.1, backoff_max=1))
    )
    assert patient.get(f"{address}/.well-known/openid-configuration", timeout=5).json()["issuer"] == address
    yield address
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


def configured(cast: Cast, issuer: str, domain: str = NORTHWIND, **fields: Any) -> SignInDomain:
    partner_id = cast.partner.pk if domain == NORTHWIND else None
    entry = DomainEntry(
        **{"domain": domain, "issuer": issuer, "client_id": "prm", "secret": SECRET, "partner_id": partner_id} | fields
    )
    return store_domain(entry=entry, actor=cast.actor("admin"), now=timezone.now())


def vouch(issuer: str, sub: str, **claims: Any) -> None:
    """Have the server know somebody."""
    assert requests.put(f"{issuer}/users/{sub}", json=claims, timeout=5).status_code == 204


def begin(client: Client, email: str) -> str:
    """Start at our door and return the address at the provider."""
    answer = client.post("/accounts/sso/", {"email": email})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def authorize(address: str, sub: str) -> str:
    """Sign in at the provider and return the address that it leads back to."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def with_query(address: str, **changes: str) -> str:
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(query)}"


def back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(email: str, sub: str) -> tuple[Client, Any]:
    client = Client()
    return client, back(client, authorize(begin(client, email), sub))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refusal() -> Any:
    return AuditEvent.objects.get(action="sign_in.refused").data["code"]


def test_somebody_who_is_here_signs_in_by_their_company(cast: Cast, issuer: str) -> None:
    configured(cast, issuer)
    vouch(issuer, "jere", email="Jere@northwind.example", email_verified=True)

    client, answer = sign_in(cast.seller.email, "jere")

    assert (answer.status_code, answer["Location"], is_in(client)) == (302, "/", True)
    assert client.get("/portal/").context["seat"].partner_name == "Northwind IT"
    assert AuditEvent.objects.get(action="signed_in").data["methods"] == ["socialaccount"]


def test_the_request_names_state_nonce_and_a_challenge(cast: Cast, issuer: str) -> None:
    configured(cast, issuer)

    query = parse_qs(urlsplit(begin(Client(), cast.seller.email)).query)

    assert sorted(query) == [
        "client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_type", "scope",
        "state",
    ]  # fmt: skip
    assert query["redirect_uri"] == ["http://testserver/accounts/oidc/northwind.example/login/callback/"]


def test_a_wrong_nonce_is_refused(cast: Cast, issuer: str) -> None:
    configured(cast, issuer)
    vouch(issuer, "jere", email=cast.seller.email, email_verified=True)
    client = Client()
    address = with_query(begin(client, cast.seller.email), nonce="of-another-sign-in")

    answer = back(client, authorize(address, "jere"))

    assert (answer.status_code, is_in(client), refusal()) == (403, False, "wrong_nonce")


def test_a_wrong_state_and_another_browser_are_refused(cast: Cast, issuer: str) -> None:
    configured(cast, issuer)
    vouch(issuer, "jere", email=cast.seller.email, email_verified=True)
    client = Client()
    address = authorize(begin(client, cast.seller.email), "jere")

    for somebody, where in ((client, with_query(address, state="forged")), (Client(), address)):
        answer = back(somebody, where)
        assert (answer.status_code, is_in(somebody)) == (403, False)
    assert AuditEvent.objects.filter(action="sign_in.refused", data__code="unknown").count() == 2


def test_an_answer_is_taken_once(cast: Cast, issuer: str) -> None:
    configured(cast, issuer)
    vouch(issuer, "jere", email=cast.seller.email, email_verified=True)
    client = Client()
    address = authorize(begin(client, cast.seller.email), "jere")
    assert back(client, address).status_code == 302
    client.post("/accounts/logout/")

    assert (back(client, address).status_code, is_in(client)) == (403, False)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"email": "jere@northwind.example"}, "unverified_email"),
        ({"email": "jere@northwind.example", "email_verified": False}, "unverified_email"),
        ({"email": "jere@northwind.example", "email_verified": "yes"}, "unverified_email"),
        ({"email_verified": True}, "unverified_email"),
        ({"email": "tomasz@contoso.example", "email_verified": True}, "foreign_domain"),
        ({"email": "ada@vendor.example", "email_verified": True}, "foreign_domain"),
        ({"email": "x@sub.northwind.example", "email_verified": True}, "foreign_domain"),
        ({"email": "new@northwind.example", "email_verified": True}, "unknown_person"),
    ],
)
def test_who_is_not_vouched_for_stays_outside(cast: Cast, issuer: str, claims: dict[str, Any], code: str) -> None:
    configured(cast, issuer)
    vouch(issuer, "who", **claims)

    client, answer = sign_in(cast.seller.email, "who")

    assert (answer.status_code, is_in(client), refusal()) == (403, False, code)
    assert not User.objects.filter(email="new@northwind.example").exists()


def test_a_partners_provider_never_opens_the_console(cast: Cast, issuer: str) -> None:
    configured(cast, issuer)
    User.objects.filter(pk=cast.seller.pk).update(roles=["viewer"])
    vouch(issuer, "jere", email=cast.seller.email, email_verified=True)

    client, _answer = sign_in(cast.seller.email, "jere")

    assert (is_in(client), refusal()) == (False, "internal_person")


def test_who_left_or_is_switched_off_stays_outside(cast: Cast, issuer: str) -> None:
    configured(cast, issuer, admits_new=True, default_role="seller")
    vouch(issuer, "jere", email=cast.seller.email, email_verified=True)
    seat = Membership.objects.get(user=cast.seller)
    deactivate_person(membership_id=seat.pk, actor=cast.actor("owner"), now=timezone.now())
    client, _answer = sign_in(cast.seller.email, "jere")
    seat.refresh_from_db()
    assert (seat.is_active, client.get("/portal/").status_code) == (False, 403)

    switch_account_off(user_id=cast.seller.pk, actor=cast.actor("admin"), now=timezone.now())
    client, answer = sign_in(cast.seller.email, "jere")
    assert (answer["Location"], is_in(client)) == ("/accounts/inactive/", False)


def test_new_people_come_in_with_the_domains_role(cast: Cast, issuer: str) -> None:
    configured(cast, issuer, admits_new=True, default_role="marketing")
    vouch(issuer, "new", email="new@northwind.example", email_verified=True, name="Nea Uusi")

    client, _answer = sign_in("new@northwind.example", "new")

    user = User.objects.get(email="new@northwind.example")
    assert (user.name, user.has_usable_password(), is_in(client)) == ("Nea Uusi", False, True)
    assert Membership.objects.get(user=user).role == "marketing"
    assert AuditEvent.objects.get(action="people.let_in").data == {"domain": NORTHWIND, "role": "marketing"}


def test_internal_people_sign_in_by_the_vendors_provider_and_new_ones_are_never_administrators(
    cast: Cast, issuer: str
) -> None:
    with pytest.raises(DomainError) as refused:
        configured(cast, issuer, VENDOR, admits_new=True, default_role="admin")
    assert refused.value.code == "sign_in_domain_role_known"
    configured(cast, issuer, VENDOR, admits_new=True, default_role="viewer")
    vouch(issuer, "anna", email=cast.manager.email, email_verified=True)
    vouch(issuer, "nina", email="nina@vendor.example", email_verified=True)

    client, _answer = sign_in(cast.manager.email, "anna")
    assert client.get("/manage/partners/").status_code == 200
    sign_in("nina@vendor.example", "nina")
    assert User.objects.get(email="nina@vendor.example").roles == ["viewer"]
    User.objects.filter(email="nina@vendor.example").update(roles=[])
    sign_in("nina@vendor.example", "nina")
    assert User.objects.get(email="nina@vendor.example").roles == []  # what was taken away stays away


@pytest.mark.parametrize(("trusts", "status"), [(True, 200), (False, 302)])
def test_a_provider_may_ask_for_the_second_factor_itself(
    cast: Cast, issuer: str, settings: Any, trusts: bool, status: int
) -> None:
    settings.SECOND_FACTOR, settings.SECOND_FACTOR_GRACE_DAYS = True, 0
    configured(cast, issuer, VENDOR, trusts_second_factor=trusts)
    vouch(issuer, "anna", email=cast.manager.email, email_verified=True)

    client, _answer = sign_in(cast.manager.email, "anna")

    assert client.get("/manage/partners/").status_code == status


def test_domains_that_are_off_or_unknown_lead_nowhere(cast: Cast, issuer: str) -> None:
    configured(cast, issuer, is_active=False)
    for email in (cast.seller.email, "x@contoso.example", "", "nonsense"):
        answer = Client().post("/accounts/sso/", {"email": email})
        assert (answer.status_code, answer.context["problem"]) == (
            422, "Single sign-on is not set up for this address.",
        )  # fmt: skip
    assert Client().get("/accounts/oidc/northwind.example/login/callback/?code=x&state=y").status_code == 404
    assert Client().post("/accounts/oidc/northwind.example/login/").status_code == 404


def test_a_provider_that_is_not_there_or_speaks_for_another_is_told(cast: Cast, issuer: str) -> None:
    row = configured(cast, "http://localhost:9")
    assert Client().post("/accounts/sso/", {"email": cast.seller.email}).status_code == 403
    SignInDomain.objects.filter(pk=row.pk).update(issuer=issuer.replace("localhost", "127.0.0.1") + "/.well-known/../")
    assert Client().post("/accounts/sso/", {"email": cast.seller.email}).status_code == 403


def test_the_secret_is_sealed_and_kept_where_none_is_entered(cast: Cast, issuer: str) -> None:
    row = configured(cast, issuer)
    assert SECRET not in row.secret_sealed
    entry = DomainEntry(domain="northwind.example", issuer="https://login.example/", client_id="new")

    changed = store_domain(entry=entry, actor=cast.actor("admin"), now=timezone.now(), domain_id=row.pk)

    assert (changed.secret(), changed.issuer, changed.client_id) == (SECRET, "https://login.example", "new")
    assert SECRET not in str(list(AuditEvent.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"domain": "no domain"}, "invalid_domain"),
        ({"domain": "example"}, "invalid_domain"),
        ({"issuer": "http://login.example"}, "invalid_issuer"),
        ({"issuer": "login.example"}, "invalid_issuer"),
        ({"client_id": " "}, "no_client"),
        ({"secret": ""}, "no_secret"),
        ({"admits_new": True, "default_role": "viewer"}, "sign_in_domain_role_known"),
    ],
)
def test_wrong_settings_say_why(cast: Cast, issuer: str, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        configured(cast, **{"issuer": issuer, "partner_id": cast.partner.pk, **fields})
    assert refused.value.code == code


def test_administrators_alone_set_it_up_on_its_page(cast: Cast, issuer: str) -> None:
    entry = DomainEntry(domain="a.example", issuer=issuer, client_id="x", secret="y")
    with pytest.raises(NotAllowedError):
        store_domain(entry=entry, actor=cast.actor("manager"), now=timezone.now())
    assert cast.signed_in("manager").get("/manage/people/single-sign-on/").status_code == 403
    admin, form = cast.signed_in("admin"), {
        "domain": "Northwind.example", "partner": "northwind", "issuer": issuer, "client_id": "prm", "secret": SECRET,
        "role": "seller", "is_active": "on",
    }  # fmt: skip

    assert admin.post("/manage/people/single-sign-on/new/", form).status_code == 302
    assert admin.post("/manage/people/single-sign-on/new/", form).status_code == 422
    assert admin.post("/manage/people/single-sign-on/new/", form | {"partner": "nobody"}).status_code == 422
    row = SignInDomain.objects.get()
    assert (row.domain, row.partner, row.admits_new, row.default_role) == (NORTHWIND, cast.partner, True, "seller")
    page = admin.get(f"/manage/people/single-sign-on/{row.public_id}/").content.decode()
    assert "/accounts/oidc/northwind.example/login/callback/" in page
    assert SECRET not in page
    assert NORTHWIND in admin.get("/manage/people/single-sign-on/").content.decode()
