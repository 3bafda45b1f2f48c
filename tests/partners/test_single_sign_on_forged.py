"""Single sign-on against a provider that lies: every id token that does not hold leaves the person outside."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from partners.services.single_sign_on import DomainEntry, store_domain
from prm.models import AuditEvent, User
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
KEY, FOREIGN = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
SECRET = "a-secret-of-the-client-that-is-long-enough"
DOMAIN = "northwind.example"


@dataclass
class Provider:
    """An OpenID Connect provider on this machine; a test says what is wrong with its answer."""

    issuer: str = ""
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    key: RSAPrivateKey | str | None = KEY
    algorithm: str = "RS256"
    kid: str = "of-today"
    silent: bool = False

    def answers(self, path: str) -> dict[str, Any]:
        """Return what an address says."""
        known: dict[str, Callable[[], dict[str, Any]]] = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._keys,
            "/token": self._token,
            "/userinfo": lambda: {"sub": "jere"} | self.userinfo,
        }
        return known[path]()

    def _discovery(self) -> dict[str, Any]:
        places = {"jwks_uri": "jwks", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **{name: f"{self.issuer}/{place}" for name, place in places.items()},
        }

    def _keys(self) -> dict[str, Any]:
        known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [known | {"kid": "of-today", "use": "sig", "alg": "RS256"}]}

    def _token(self) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "aud": "prm", "sub": "jere", "iat": now, "exp": now + 300, "nonce": self.nonce,
            "email": "jere@northwind.example", "email_verified": True,
        }  # fmt: skip
        said = {name: value for name, value in (claims | self.claims).items() if value is not None}
        token = jwt.encode(said, self.key, self.algorithm, headers={"kid": self.kid})  # type: ignore[arg-type]
        answer = {"access_token": "x", "token_type": "Bearer"}
        return answer if self.silent else answer | {"id_token": token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(made.answers(urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_said: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        made.issuer = f"http://localhost:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def cast(provider: Provider) -> Cast:
    cache.clear()
    made = assemble()
    entry = DomainEntry(
        domain=DOMAIN, issuer=provider.issuer, client_id="prm", secret=SECRET, partner_id=made.partner.pk,
        admits_new=True, default_role="seller",
    )  # fmt: skip
    store_domain(entry=entry, actor=made.actor("admin"), now=timezone.now())
    return made


def comes_back(provider: Provider) -> tuple[Client, Any]:
    """Begin at our door, and come back from a provider that answers as the test has told it to."""
    client = Client()
    asked = parse_qs(urlsplit(client.post("/accounts/sso/", {"email": f"jere@{DOMAIN}"})["Location"]).query)
    provider.nonce = provider.nonce or asked["nonce"][0]
    query = urlencode({"code": "x", "state": asked["state"][0]})
    return client, client.get(f"/accounts/oidc/{DOMAIN}/login/callback/?{query}")


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("claims", [{}, {"exp": int(time.time()) + 3600}, {"aud": ["prm", "another"]}])
def test_a_token_that_holds_opens(cast: Cast, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims = claims

    client, answer = comes_back(provider)

    assert (answer.status_code, answer["Location"], is_in(client)) == (302, "/", True)
    assert client.get("/portal/").context["seat"].partner_name == cast.partner.name


FORGED: list[tuple[dict[str, Any], str]] = [
    # Another key, under the name of the right one, under its own, and under none.
    ({"key": FOREIGN}, "OAuth2Error"),
    ({"key": FOREIGN, "kid": "of-somebody"}, "OAuth2Error"),
    ({"key": FOREIGN, "kid": ""}, "OAuth2Error"),
    # No signature, and one by what the client knows.
    ({"key": None, "algorithm": "none"}, "OAuth2Error"),
    ({"key": SECRET, "algorithm": "HS256"}, "OAuth2Error"),
    # For somebody else, from somebody else, of another time.
    ({"claims": {"aud": "another-client"}}, "OAuth2Error"),
    ({"claims": {"aud": []}}, "OAuth2Error"),
    ({"claims": {"aud": None}}, "OAuth2Error"),
    ({"claims": {"iss": "https://another.example"}}, "OAuth2Error"),
    ({"claims": {"iss": None}}, "OAuth2Error"),
    ({"claims": {"exp": int(time.time()) - 3600}}, "OAuth2Error"),
    ({"claims": {"exp": None}}, "OAuth2Error"),
    ({"claims": {"iat": int(time.time()) + 7200, "exp": int(time.time()) + 9000}}, "OAuth2Error"),
    ({"claims": {"nbf": int(time.time()) + 7200}}, "OAuth2Error"),
    # The answer to another question, and about another person.
    ({"claims": {"nonce": "of-another-sign-in"}}, "wrong_nonce"),
    ({"claims": {"nonce": None}}, "wrong_nonce"),
    ({"claims": {"sub": None}}, "OAuth2Error"),
    ({"userinfo": {"sub": "somebody-else"}}, "wrong_subject"),
    ({"silent": True}, "wrong_nonce"),
]


@pytest.mark.parametrize(("wrong", "code"), FORGED)
def test_one_that_does_not_hold_leaves_outside(
    cast: Cast, provider: Provider, wrong: dict[str, Any], code: str
) -> None:
    people = User.objects.count()
    for name, value in wrong.items():
        setattr(provider, name, value)

    client, answer = comes_back(provider)

    assert (answer.status_code, is_in(client)) == (403, False)
    assert AuditEvent.objects.get(action="sign_in.refused").data == {"code": code, "domain": DOMAIN}
    assert client.get("/portal/").status_code == 302
    assert (User.objects.count(), cast.seller.memberships.count()) == (people, 1)
