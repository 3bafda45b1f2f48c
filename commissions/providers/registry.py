"""Which provider pays what: by the way of the payout method, unless the installation names one for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from commissions.providers.interface import Provider

BANK_FILE, CSV_FILE, TEST = "bank_file", "csv", "test"

_PROVIDERS: dict[str, Callable[[], Provider]] = {}


def register(code: str, make: Callable[[], Provider]) -> None:
    """Offer a provider under its code; called in ``AppConfig.ready``."""
    _PROVIDERS[code] = make


def provider(code: str) -> Provider:
    """Return the provider with this code; raises ``DomainError`` where the installation has none."""
    make = _PROVIDERS.get(code)
    if make is None:
        raise DomainError(
            "provider_unknown", _("This installation has no payout provider “%(code)s”.") % {"code": code}
        )
    return make()


def code_for(*, method_kind: str, currency: str) -> str:
    """Return the provider that pays by a method (``partners.MethodKind``) in a currency.

    ``PAYOUT_PROVIDER`` in the settings pays everything where it is set; otherwise SEPA in euro goes by bank file and
    the rest by CSV.
    """
    if settings.PAYOUT_PROVIDER:
        return str(settings.PAYOUT_PROVIDER)
    return BANK_FILE if (method_kind, currency) == ("sepa", "EUR") else CSV_FILE
