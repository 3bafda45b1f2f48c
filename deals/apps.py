"""Configuration of the app: what happened."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prm import navigation, needs, panels, search
from prm.activities import ActivityKind, register
from prm.api import scopes
from prm.errors import register_constraints
from prm.metrics import register_together
from prm.ui.states import State, register_states

LEAD_STATES = {
    "new": State(_("New"), "info", "lead", _("It is offered in a moment.")),
    "offered": State(_("Offered"), "info", "clock", _("It waits for an answer; the customer is reserved meanwhile.")),
    "accepted": State(_("Accepted"), "warn", "flag", _("It waits to be registered; the customer is reserved.")),
    "declined": State(_("Declined"), "neutral", "minus", _("The partner declined it.")),
    "converted": State(_("Registered"), "ok", "check", _("It became a registration.")),
    "returned": State(_("Back with us"), "warn", "question", _("Nobody has it: a person decides what comes next.")),
    "closed": State(_("Closed"), "neutral", "cross", _("It leads nowhere.")),
}
"""How the states of a lead look and read."""


LETTER_STATES = {
    "uploaded": State(_("To be verified"), "warn", "question", _("Somebody of ours verifies who signed it.")),
    "announced": State(_("Open to objection"), "info", "clock", _("Incumbents were told and may object.")),
    "objected": State(_("Objected to"), "warn", "warning", _("An incumbent objects: a person decides.")),
    "confirmed": State(_("Confirmed"), "ok", "check", _("It holds, and is in force from its day.")),
    "settled": State(_("In force"), "ok", "check", _("The customer's choice is carried out.")),
    "refused": State(_("Refused"), "neutral", "cross", _("Nothing changes.")),
    "replaced": State(_("Replaced"), "neutral", "minus", _("A later letter took its place.")),
}
"""How the states of a partner-of-record letter look and read."""

BESIDE_DECISIONS = tuple(
    f"deals_manage:{page}"
    for page in ("registrations", "rules", "named_accounts", "late_wins", "tenders", "letters", "silent")
)
"""Pages that the console's item of decisions leads to."""


class DealsConfig(AppConfig):
    """Registers the app with Django."""

    name = "deals"
    verbose_name = _("Deals")

    def ready(self) -> None:
        """Fill the registries of the kernel with what this app has."""
        register_constraints(import_module("deals.models.sentences").SENTENCES)
        register(
            [
                ActivityKind("registration_submitted", _("%(object)s was submitted")),
                ActivityKind("registration_approved", _("%(object)s was approved"), qualifying=True),
                ActivityKind("stage_moved_forward", _("%(object)s moved forward"), qualifying=True),
                ActivityKind("lead_accepted", _("The lead %(object)s was accepted"), qualifying=True),
                ActivityKind("deal_won", _("%(object)s was won"), qualifying=True),
            ]
        )
        import_module("deals.interchange.registered").register()
        register_states("lead", LEAD_STATES)
        register_states("letter", LETTER_STATES)
        _register_pages()
        _register_scorecard()
        for figures in ("firsts", "outcomes", "health", "lead_flow", "mrr"):
            import_module(f"deals.kpis.{figures}").register_metrics()
        register_together("deals", import_module("deals.queries.rollups.reading").together)
        scopes.register("accounts", system="read write", partner="read")
        scopes.register("account-candidates", system="read")
        scopes.register("account-merges", system="read write")
        scopes.register("products", system="read", partner="read")
        scopes.register("registrations", system="read write", partner="read write")
        scopes.register("named-accounts", system="read write", partner="")
        scopes.register("opportunities", system="read write", partner="")
        scopes.register("rules-of-engagement", system="read", partner="")
        scopes.register("conflicts-check", system="write", partner="write")
        scopes.register("tenders", system="read write")
        scopes.register("record-letters", system="read write", partner="read")
        scopes.register("letter-notices", partner="read write")
        scopes.register("subscriptions", system="read write", partner="read")
        scopes.register("mrr-changes", system="read write", partner="read")
        scopes.register("leads", system="read write", partner="read write")
        scopes.register("co-sell-awards", system="read")
        scopes.register("co-sell-award-exports", system="read write")
        scopes.register("credits", system="read write", partner="read")
        scopes.register("collections", system="read write")


def _register_pages() -> None:
    """Put the app's pages into the navigation and its part on portal home."""
    home = import_module("deals.portal.home")
    navigation.register(
        navigation.Item(
            area="portal",
            label=_("Deals"),
            url_name="deals_portal:list",
            position=20,
            visible=lambda actor: actor.is_partner,
        )
    )
    needs.register("deals", home.needs)
    panels.register(
        panels.Panel(
            place="portal_home_main",
            name="open_deals",
            position=20,
            template="deals/portal/_home.html",
            context=home.open_deals,
        )
    )
    console = import_module("deals.manage.console")
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Decisions"),
            url_name="deals_manage:decisions",
            position=10,
            visible=lambda actor: actor.is_internal,
            counter=console.waiting,
            covers=BESIDE_DECISIONS,
        )
    )
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Leads"),
            url_name="deals_manage:leads",
            position=15,
            visible=lambda actor: actor.is_internal,
            counter=console.leads_to_offer,
            counted="?state=to_offer",
            covers=("deals_manage:awards",),
        )
    )
    panels.register(
        panels.Panel(
            place="partner_main",
            name="open_registrations",
            position=10,
            template="deals/manage/_partner.html",
            context=console.open_of_partner,
        )
    )
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Customers"),
            url_name="deals_manage:customers",
            position=16,
            visible=lambda actor: actor.is_internal,
        )
    )
    search.register(search.Source("customers", _("Customers"), position=22, find=console.find_customers))
    search.register(search.Source("registrations", _("Registrations"), position=20, find=console.find_registrations))


def _register_scorecard() -> None:
    """Lead to the scorecard: from a partner's page in the console, and from the portal's bar."""
    scorecards = import_module("deals.manage.scorecard_panel")
    panels.register(
        panels.Panel(
            place="partner_side",
            name="scorecard",
            position=5,
            template="deals/scorecard/_panel.html",
            context=scorecards.scorecard_link,
        )
    )
    panels.register(
        panels.Panel(
            place="review_main",
            name="open_deals",
            position=10,
            template="deals/_review.html",
            context=import_module("deals.portal.review_panel").open_deals,
        )
    )
    navigation.register(
        navigation.Item(
            area="portal",
            label=_("Scorecard"),
            url_name="deals_portal:scorecard",
            position=35,
            visible=lambda actor: actor.is_partner,
        )
    )
