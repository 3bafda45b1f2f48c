"""Configuration of the app: what happened."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    """Registers the app with Django."""

    name = "deals"
    verbose_name = _("Deals")

    def ready(self) -> None:
        """Fill the registries of the kernel with what this app has."""
        import_module("deals.interchange.registered").register()
