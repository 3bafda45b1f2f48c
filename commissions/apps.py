"""Configuration of the app: what is owed."""

from functools import partial
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prm import estimates, postings
from prm.api import scopes
from prm.errors import register_constraints
from prm.ui.states import State, register_states

DISPUTE_STATES = {
    "open": State(_("Waits for an answer"), "info", "clock", _("Finance owes an answer.")),
    "waiting_for_partner": State(_("Waits for the partner"), "warn", "question", _("The partner was asked back.")),
    "answered": State(_("Answered"), "neutral", "check", _("Answered by an adjustment or a reason.")),
    "adjusted": State(_("Adjusted"), "ok", "check", _("Answered by an adjustment.")),
    "explained": State(_("Explained"), "neutral", "check", _("Answered by a reason.")),
    "withdrawn": State(_("Withdrawn"), "neutral", "minus", _("The partner took the question back.")),
}


class CommissionsConfig(AppConfig):
    """Registers the app with Django."""

    name = "commissions"
    verbose_name = _("Commissions")

    def ready(self) -> None:
        """Tell the kernel this app's words and parts."""
        from commissions.models.sentences import SENTENCES  # noqa: PLC0415 - models load before

        register_constraints(SENTENCES)
        register_states("dispute", DISPUTE_STATES)
        import_module("commissions.interchange.registered").register()
        scopes.register("plans", system="read write")
        scopes.register("rules", system="read write")
        scopes.register("commission-runs", system="read write")
        scopes.register("adjustments", system="read write", partner="read")
        scopes.register("open-items", system="read")
        scopes.register("payouts", system="read", partner="read")
        scopes.register("payout-batches", system="read")
        scopes.register("accounting-export", system="read")
        scopes.register("commission-entries", system="read", partner="read")
        scopes.register("leakage", system="read", partner="read")
        scopes.register("statements", system="read", partner="read")
        scopes.register("disputes", system="read", partner="read write")
        estimates.register(import_module("commissions.queries.estimates").estimate_of)
        estimates.register_tiers(import_module("commissions.services.tier_costs").cost_of_tiers)
        postings.register(import_module("commissions.queries.postings").is_posted_on)
        providers = import_module("commissions.providers.registry")
        providers.register(providers.TEST, import_module("commissions.providers.rehearsed").RehearsedProvider)
        files = import_module("commissions.providers.files")
        for code in (providers.BANK_FILE, providers.CSV_FILE):
            providers.register(code, partial(files.FileProvider, code))
        import_module("commissions.kpis.cost").register_metrics()
        import_module("commissions.manage.payment_files").register()
        import_module("commissions.portal.parts").register()
        import_module("commissions.manage.parts").register()
