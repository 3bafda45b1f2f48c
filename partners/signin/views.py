"""The way to a domain's provider and back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from requests import RequestException

from partners.models import SignInDomain
from partners.signin.adapter import StrictConnect, refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the work e-mail and lead to the provider of its domain; the address itself goes nowhere."""
    domain = request.POST.get("email", "").strip().lower().rpartition("@")[2]
    if request.method == "POST" and SignInDomain.objects.filter(domain=domain, is_active=True).exists():
        return _to_provider(request, domain)
    problem = _("Single sign-on is not set up for this address.") if request.method == "POST" else ""
    values = {"problem": problem, "email": request.POST.get("email", ""), "next": get_next_redirect_url(request) or ""}
    return render(request, "account/sso.html", values, status=422 if problem else 200)


@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer."""
    try:
        view = OAuth2CallbackView.adapter_view(StrictConnect(request, provider_id))
        answer: HttpResponse = view(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (KeyError, ValueError, TypeError) as error:  # no JSON, or one without what the standard asks for
        sentence = _("The sign-in at your company did not work out. Try again, or sign in another way.")
        return refused(request, sentence, code=type(error).__name__, domain=provider_id)
    return answer


def closed_login(request: HttpRequest, provider_id: str) -> HttpResponse:  # noqa: ARG001
    """Answer 404 where allauth begins by itself: without a nonce no answer would be taken."""
    raise Http404


def _to_provider(request: HttpRequest, domain: str) -> HttpResponse:
    nonce = secrets.token_urlsafe(24)
    exchange = StrictConnect(request, domain)
    provider = exchange.get_provider()
    provider.oauth2_adapter_class = StrictConnect
    try:
        answer: HttpResponse = provider.redirect(
            request,
            process="login",
            next_url=get_next_redirect_url(request),
            data={"nonce": nonce},
            auth_params={"nonce": nonce},
        )
    except (RequestException, OAuth2Error) as error:
        sentence = _("Your company's sign-in does not answer. Try again later, or sign in another way.")
        return refused(request, sentence, code=type(error).__name__, domain=domain)
    except ImmediateHttpResponse as error:
        page: HttpResponse = error.response
        return page
    return answer
