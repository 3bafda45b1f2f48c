"""Configuration of the app: what is owed."""

from functools import partial
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prm import estimates
from prm.api import scopes
from prm.errors import register_constraints


class CommissionsConfig(AppConfig):
    """Registers the app with Django."""

    name = "commissions"
    verbose_name = _("Commissions")

    def ready(self) -> None:
        """Tell the kernel this app's words and parts."""
        from commissions.models.sentences import SENTENCES  # noqa: PLC0415 - models load before

        register_constraints(SENTENCES)
        import_module("commissions.interchange.registered").register()
        scopes.register("plans", system="read")
        scopes.register("rules", system="read")
        scopes.register("commission-runs", system="read")
        scopes.register("commission-entries", system="read", partner="read")
        scopes.register("statements", system="read", partner="read")
        estimates.register(import_module("commissions.queries.estimates").estimate_of)
        providers = import_module("commissions.providers.registry")
        providers.register(providers.TEST, import_module("commissions.providers.rehearsed").RehearsedProvider)
        files = import_module("commissions.providers.files")
        for code in (providers.BANK_FILE, providers.CSV_FILE):
            providers.register(code, partial(files.FileProvider, code))
        import_module("commissions.manage.payment_files").register()
        import_module("commissions.portal.parts").register()
        import_module("commissions.manage.parts").register()
