"""Configuration of the app: who."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Registers the app with Django."""

    name = "partners"
    verbose_name = _("Partners")
