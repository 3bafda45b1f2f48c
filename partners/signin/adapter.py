"""allauth's OpenID Connect on our table of domains, and stricter: nonce, signature, issuer, subject, verified mail."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import SignInDomain
from partners.services.single_sign_on import RefusedError, admit
from prm import audit
from prm.actors import ANONYMOUS
from prm.second_factor import BY_PROVIDER

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse

PROVIDER = "openid_connect"
SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a private key alone: whoever knows only the client's secret signs nothing."""


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # it ships no types
    """Providers come from ``SignInDomain``, and nothing is signed up: whom one lets in, our service says."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002 - allauth's signature
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        """Return the domains' providers as allauth knows them; nothing is read from its own tables."""
        rows = SignInDomain.objects.filter(is_active=True)
        if provider and provider != PROVIDER:
            rows = rows.filter(domain=provider)
        if client_id:
            rows = rows.filter(client_id=client_id)
        return [
            SocialApp(
                provider=PROVIDER, provider_id=row.domain, name=row.domain, client_id=row.client_id,
                secret=row.secret(), settings={"server_url": row.issuer, "oauth_pkce_enabled": True},
            )
            for row in rows
        ]  # fmt: skip

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Return False always: the service has made whoever may come in."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the person; raise ``ImmediateHttpResponse`` with a page that says why not."""
        domain = SignInDomain.objects.filter(domain=sociallogin.account.provider, is_active=True).first()
        if domain is None or sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(refused(request, _("This provider is not known here."), code="unknown"))
        try:
            claims = _checked_claims(sociallogin)
            user = admit(
                domain=domain,
                email=str(claims.get("email") or ""),
                verified=claims.get("email_verified") is True,
                name=str(claims.get("name") or ""),
                now=timezone.now(),
            )
        except RefusedError as refusal:
            page = refused(request, str(refusal.sentence), code=refusal.code, domain=domain.domain)
            raise ImmediateHttpResponse(page) from refusal
        sociallogin.user = user
        request.session[BY_PROVIDER] = user.pk if domain.trusts_second_factor else None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        """Show our own page: a cancelled sign-in, a state that is not ours, an answer that proves nothing."""
        code = type(exception).__name__ if exception else str(error or "unknown")
        sentence = _("The sign-in at your company did not work out. Try again, or sign in another way.")
        page = refused(request, sentence, code=code, domain=getattr(provider, "sub_id", ""))
        raise ImmediateHttpResponse(page)


class StrictConnect(OpenIDConnectOAuth2Adapter):  # type: ignore[misc] # it ships no types
    """The exchange with a provider: its discovery names the issuer that was configured, and signatures are checked."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return the provider's discovery document; raise where it speaks for another issuer."""
        config: dict[str, Any] = super().openid_config
        wanted = str(self.get_provider().app.settings["server_url"]).rstrip("/")
        if str(config.get("issuer", "")).rstrip("/") != wanted:
            raise OAuth2Error("The discovery document names another issuer.")
        return config

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Check the signature too: allauth would leave it to TLS."""
        with self._session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                _key_of(id_token, answer.json()),
                algorithms=SIGNATURES,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=60,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise OAuth2Error("The id token does not hold.") from error
        return claims

    def _session(self) -> Any:
        return SingleSignOnAdapter(self.request).get_requests_session()


def _key_of(id_token: str, keys: dict[str, Any]) -> Any:
    """Return the key that signed a token: of its id, or, where it names none, the provider's only one."""
    known = jwt.PyJWKSet.from_dict(keys).keys
    name = jwt.get_unverified_header(id_token).get("kid")
    found = [key for key in known if key.key_id == name] if name else known
    if len(found) != 1:
        raise OAuth2Error("The provider does not say which key signed the token.")
    return found[0].key


def refused(request: HttpRequest, sentence: str, *, code: str, domain: str = "") -> HttpResponse:
    """Return the page of somebody who does not come in, and note why."""
    data = {"code": code, "domain": domain}
    audit.record(action="sign_in.refused", actor=ANONYMOUS, now=timezone.now(), data=data)
    return render(request, "account/sso_refused.html", {"sentence": sentence}, status=403)


def _checked_claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """Return what the provider says of the person, of the id token first; raise where it answers another question."""
    data = sociallogin.account.extra_data
    token, info = data.get("id_token") or {}, data.get("userinfo") or {}
    asked = (sociallogin.state.get("data") or {}).get("nonce", "")
    if not asked or not secrets.compare_digest(str(token.get("nonce", "")), str(asked)):
        raise RefusedError("wrong_nonce", _("The answer of the provider belongs to another sign-in. Try again."))
    if info and info.get("sub") != token.get("sub"):
        raise RefusedError("wrong_subject", _("The answer of the provider is about somebody else. Try again."))
    return {**info, **{key: value for key, value in token.items() if value is not None}}
