"""What other tiers would cost: computed by the engine over the last month, and nothing of it stays."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commissions.kinds import Kind
from commissions.models import Entry, Rule
from commissions.services.tier_costs import cost_of_tiers
from partners.models import TierAssignment
from prm import estimates
from prm.errors import NotAllowedError
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import JANUARY, install
from tests.factories.partners import make_tier

pytestmark = pytest.mark.django_db

IN_FEBRUARY = datetime(JANUARY.year, 2, 10, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    """January: 14.20 recurring at 20 % for any tier, 60 % of it Northwind's; Gold earns 40 %."""
    made = assemble()
    install(made)
    plain = Rule.objects.get(kind=Kind.RECURRING, retired_at=None)
    gold = make_tier("gold", rank=2)
    values = {name: getattr(plain, name) for name in ("plan", "kind", "role", "currency", "age_from", "valid_from")}
    Rule.objects.create(**values, tier=gold, rate=Decimal(40))
    return made


def test_a_partner_of_another_tier_costs_what_its_rules_say(cast: Cast) -> None:
    held = list(TierAssignment.objects.order_by("pk").values_list("partner", "tier"))
    period, costs = cost_of_tiers(cast.actor("admin"), {cast.partner.pk: "gold"}, IN_FEBRUARY)
    assert period == JANUARY
    # 60 % of 100 × 22/31 at 40 % is 17.03 instead of 8.52; the upfront of 100.00 and the rival's 5.68 stay.
    assert [(cost.currency, cost.before, cost.after, cost.difference) for cost in costs] == [
        ("EUR", Decimal("114.20"), Decimal("122.71"), Decimal("8.51"))
    ]
    assert list(TierAssignment.objects.order_by("pk").values_list("partner", "tier")) == held
    assert not Entry.objects.exists()


def test_it_stands_in_the_register_and_is_for_administrators_and_finance(cast: Cast) -> None:
    found = estimates.tier_cost(cast.actor("finance_person"), {cast.rival.pk: "gold"}, IN_FEBRUARY)
    assert found is not None
    assert found[1][0].difference == Decimal("5.67")  # 11.35 instead of 5.68, each rounded
    assert estimates.tier_cost(cast.actor("admin"), {}, IN_FEBRUARY) is None
    for who in ("manager", "viewer", "owner"):
        with pytest.raises(NotAllowedError):
            estimates.tier_cost(cast.actor(who), {cast.rival.pk: "gold"}, IN_FEBRUARY)
