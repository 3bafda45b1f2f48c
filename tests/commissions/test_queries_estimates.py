"""The estimate beside the registration form: the policy's rule choice, exact amounts, and no money for sellers."""

from decimal import Decimal

import pytest

from commissions.kinds import Kind
from commissions.models import Plan, PlanAssignment, Rule
from deals.models import Family
from tests.cast import Cast, assemble
from tests.factories.deals import make_family

pytestmark = pytest.mark.django_db

ESTIMATE = "/portal/deals/estimate/"
TYPED = {"family": "security", "currency": "EUR", "expected_mrr": "480.00"}


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    make_family("security")
    make_family("backup")
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True)
    Rule.objects.create(plan=plan, kind=Kind.UPFRONT, rate=100, family=Family.objects.get(code="security"))
    Rule.objects.create(plan=plan, kind=Kind.RECURRING, rate=25, age_until=13)
    Rule.objects.create(plan=plan, kind=Kind.RECURRING, rate=10, age_from=13)
    return made


def test_the_first_year_and_what_follows(cast: Cast) -> None:
    found = cast.signed_in("owner").post(ESTIMATE, TYPED).context["estimate"]
    assert (found.upfront, found.first_year, found.total, found.later) == tuple(
        map(Decimal, ("480.00", "1440.00", "1920.00", "48.00"))
    )
    assert (found.first_rate, found.later_rate) == (25, 10)


def test_the_family_and_the_partners_own_plan_decide(cast: Cast) -> None:
    owner = cast.signed_in("owner")
    found = owner.post(ESTIMATE, {**TYPED, "family": "backup"}).context["estimate"]
    assert (found.upfront, found.total) == (None, Decimal("1440.00"))
    own = Plan.objects.create(code="own", name="Own")
    Rule.objects.create(plan=own, kind=Kind.RECURRING, rate=30, age_until=7)
    PlanAssignment.objects.create(partner=cast.partner, plan=own)
    found = owner.post(ESTIMATE, TYPED).context["estimate"]
    assert (found.upfront, found.total, found.first_rate, found.later) == (None, Decimal("864.00"), None, None)


@pytest.mark.parametrize(
    "typed", [{"expected_mrr": ""}, {"expected_mrr": "much"}, {"expected_mrr": "0"}, {"currency": "XXQ"}]
)
def test_nothing_is_shown_where_nothing_can_be_said(cast: Cast, typed: dict[str, str]) -> None:
    answer = cast.signed_in("owner").post(ESTIMATE, TYPED | typed)
    assert (answer.status_code, answer.content.strip()) == (200, b"")


def test_no_rule_no_estimate(cast: Cast) -> None:
    Rule.objects.all().delete()
    assert cast.signed_in("owner").post(ESTIMATE, TYPED).content.strip() == b""


def test_a_seller_sees_no_money(cast: Cast) -> None:
    assert cast.signed_in("seller").post(ESTIMATE, TYPED).content.strip() == b""
