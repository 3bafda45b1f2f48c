"""Configuration of the app: who."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prm import navigation, needs, search
from prm.activities import ActivityKind, register
from prm.actors import InternalRole
from prm.api import scopes
from prm.errors import register_constraints

KINDS = (
    ActivityKind("partner_suspended", _("The partnership was suspended: %(object)s")),
    ActivityKind("application_approved", _("The application was approved")),
    ActivityKind("agreement_accepted", _("Agreement accepted: %(object)s")),
    ActivityKind("partner_terminated", _("The partnership was ended: %(object)s")),
    ActivityKind("partner_activated", _("The partner became active")),
    ActivityKind("onboarding_papers_sent", _("Files sent in: %(object)s")),
    ActivityKind("onboarding_papers_accepted", _("Files accepted: %(object)s")),
    ActivityKind("onboarding_papers_returned", _("Files sent back: %(object)s")),
    ActivityKind("onboarding_closed", _("The onboarding was closed: %(object)s")),
    ActivityKind("onboarding_reopened", _("The onboarding goes on")),
    ActivityKind("suspension_lifted", _("The suspension was lifted: %(object)s")),
    ActivityKind("certification_passed", _("%(object)s was passed"), qualifying=True),
    ActivityKind("tier_promoted", _("The tier rises to %(object)s")),
    ActivityKind("tier_demoted", _("The tier falls to %(object)s")),
    ActivityKind("tier_warned", _("Warning: the criteria of %(object)s do not all hold")),
    ActivityKind("tier_warning_withdrawn", _("All criteria of %(object)s hold again")),
    ActivityKind("tier_by_hand", _("The tier was set by hand: %(object)s")),
    ActivityKind("mdf_claim_filed", _("MDF claim filed: %(object)s"), qualifying=True),
    ActivityKind("review_shared", _("A business review was prepared and shared: %(object)s")),
    ActivityKind("review_held", _("A business review was held: %(object)s"), qualifying=True),
    ActivityKind("plan_proposed", _("The joint plan waits for agreement: %(object)s")),
    ActivityKind("plan_agreed", _("The joint plan was agreed: %(object)s")),
    ActivityKind("plan_change_asked", _("A change of the joint plan was asked for: %(object)s")),
    ActivityKind("action_done", _("Done as agreed: %(object)s")),
    ActivityKind("action_reopened", _("Open again: %(object)s")),
    ActivityKind("signed_in", _("Somebody signed in")),
    ActivityKind("payout_method_entered", _("Payout account entered: %(object)s"), money=True),
    ActivityKind("payout_method_verified", _("Payout account verified: %(object)s"), money=True),
    ActivityKind("payout_method_refused", _("Payout account refused: %(object)s"), money=True),
    ActivityKind("tax_form_requested", _("Tax form requested: %(object)s"), money=True),
    ActivityKind("tax_form_received", _("Tax form sent in: %(object)s"), money=True),
    ActivityKind("tax_form_verified", _("Tax form verified: %(object)s"), money=True),
    ActivityKind("tax_form_refused", _("Tax form refused: %(object)s"), money=True),
)
"""What this app reports to the activity log."""


class PartnersConfig(AppConfig):
    """Registers the app with Django."""

    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        """Tell the kernel this app's words and parts."""
        from partners.models.sentences import SENTENCES  # noqa: PLC0415 - models load before
        from partners.queries.search import PARTNERS  # noqa: PLC0415 - the same

        register_constraints(SENTENCES)
        import_module("partners.kpis.activity").register_metrics()
        import_module("partners.kpis.surveys").register_metrics()
        import_module("partners.kpis.certified").register_metrics()
        import_module("partners.portal.panels").register()
        import_module("partners.manage.payees").register()
        import_module("partners.manage.applications").register()
        import_module("partners.manage.onboarding").register()
        import_module("partners.planning.values").register()
        import_module("partners.planning.review_values").register()
        needs.register("joint_plan", import_module("partners.portal.plans").needs)
        needs.register("onboarding", import_module("partners.portal.onboarding").needs)
        import_module("partners.people.registered").register()
        _register_navigation()
        search.register(PARTNERS)
        register(KINDS)
        import_module("partners.interchange.registered").register()
        scopes.register("activities", system="read", partner="read")
        scopes.register("business-reviews", system="read write", partner="read")
        scopes.register("joint-plans", system="read write", partner="read write")
        scopes.register("applications", system="read write")
        scopes.register("agreements", system="read write", partner="read")
        scopes.register("certifications", system="read write", partner="read")
        scopes.register("figures", system="read", partner="read")
        scopes.register("onboarding", system="read write", partner="read write")
        scopes.register("partners", system="read", partner="read")
        scopes.register("payees", system="read", partner="read")
        scopes.register("surveys", system="read write")
        scopes.register("tier-evaluations", system="read", partner="read")
        scopes.register("tier-overrides", system="read write")
        scopes.register("tiers", system="read", partner="read")


def _register_navigation() -> None:
    """Put the app's pages into the navigation."""
    navigation.register(
        navigation.Item(
            area="portal",
            label=_("Home"),
            url_name="partners_portal:home",
            position=10,
            visible=lambda actor: actor.is_partner,
            counter=lambda request: len(needs.needs_of(request)),
        )
    )
    navigation.register(
        navigation.Item(
            area="portal",
            label=_("Progress"),
            url_name="partners_portal:progress",
            position=40,
            covers=("partners_portal:plan", "partners_portal:reviews"),
            visible=lambda actor: actor.is_partner,
        )
    )
    navigation.register(
        navigation.Item(area="console", label=_("Partners"), url_name="partners_manage:partners", position=30)
    )
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Reports"),
            url_name="figures:program",
            position=40,
            covers=("figures:figures", "figures:book"),
        )
    )
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Admin"),
            url_name="admin:index",
            position=90,
            visible=lambda actor: actor.has_role(InternalRole.ADMIN),
            external=True,
        )
    )
