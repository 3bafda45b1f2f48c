"""Choices about the looks that need no account: theme and language, kept in cookies."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST, require_safe

from prm.models import User
from prm.ui.brand import AccentError, accent_of

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
_YEAR = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """``theme`` is light, dark or empty (follow the system); back to ``next``."""
    response = _back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """``language`` is one of ``LANGUAGES``; anything else changes nothing. Back to ``next``.

    A person's choice goes with them to the next device, and is the language of their mails.
    """
    response = _back(request)
    code = request.POST.get("language", "")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, max_age=_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


@require_safe
def brand(request: HttpRequest, color: str) -> HttpResponse:
    """Serve the sheet of an accent; the address holds the colour, so it may be kept for ever."""
    del request
    try:
        sheet = accent_of(f"#{color}").css()
    except AccentError as error:
        raise Http404 from error
    answer = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    patch_cache_control(answer, public=True, max_age=_YEAR, immutable=True)
    return answer


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To ``next`` when it is on this host, else to the start page."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else "/")
