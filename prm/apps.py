"""Configuration of the app: the kernel."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrmConfig(AppConfig):
    """Registers the app with Django."""

    name = "prm"
    verbose_name = _("Program")
