"""The site behind ``/admin/``: administrators only, signed in by the same page as everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.sites import UnfoldAdminSite

from prm.actors import InternalRole
from prm.doors import actor_of, denied

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PrmAdminSite(UnfoldAdminSite):  # type: ignore[misc] # it ships no types
    """Configuration and repair; no day-to-day decision happens here."""

    site_title = gettext_lazy("Configuration")
    site_header = gettext_lazy("Configuration")
    index_title = gettext_lazy("Configuration and repair")
    site_url = "/manage/"
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person may open the admin: marked as such, and with the admin role."""
        user = request.user
        return bool(
            user.is_active and getattr(user, "is_staff", False) and actor_of(request).has_role(InternalRole.ADMIN)
        )

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Send to the sign-in page of everybody; tell those who are signed in why they stay outside."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            return denied(request, _("The configuration is for administrators of the program."))
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Sign out by the page of everybody."""
        return redirect("account_logout")
