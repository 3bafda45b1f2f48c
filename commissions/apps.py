"""Configuration of the app: what is owed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommissionsConfig(AppConfig):
    """Registers the app with Django."""

    name = "commissions"
    verbose_name = _("Commissions")
