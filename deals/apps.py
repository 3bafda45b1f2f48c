"""Configuration of the app: what happened."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    """Registers the app with Django."""

    name = "deals"
    verbose_name = _("Deals")
