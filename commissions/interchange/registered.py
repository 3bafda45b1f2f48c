"""The commissions' files, in the order in which they are loaded, and their checks of other files."""

from commissions.interchange.plans import PLAN_ASSIGNMENTS, PLANS
from commissions.interchange.posted import check_currency, check_first_period
from commissions.interchange.rules import RULES
from prm.interchange.files import register_check, register_files


def register() -> None:
    """Add the commissions' files to the folder."""
    register_files(PLANS, PLAN_ASSIGNMENTS, RULES)
    register_check("subscriptions.csv", check_currency)
    register_check("settings.csv", check_first_period)
