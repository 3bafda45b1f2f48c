"""Figures of one page are read together: few queries, on a day with and without rollup, and the same values."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.batch.rollups import make_day
from deals.models import RollupDay, RollupMark
from partners.models import Tier, TierCriterion
from partners.queries.tiers import FIGURES, figures_of, ladder
from prm import metrics
from prm.actors import OPERATOR, InternalRole
from prm.calendar_days import program_today
from prm.metrics import Scope, months_up_to
from tests.factories.partners import make_membership, make_user
from tests.kpis.mrr_world import ON, World, build

pytestmark = pytest.mark.django_db

ROLLED_UP = pytest.mark.parametrize("rolled_up", [True, False], ids=["rollup", "raw"])


def make_world(*, rolled_up: bool) -> World:
    """Make the world of MRR, whose tiers ask for every figure that they may; its days and today rolled up or not."""
    world = build()
    for tier in Tier.objects.all():
        for figure in FIGURES:
            TierCriterion.objects.create(tier=tier, figure=figure, at_least=1)
    for day in [*months_up_to(ON), program_today(timezone.now())] if rolled_up else ():
        RollupDay.objects.create(day=day)
        make_day(day)
    RollupMark.objects.all().delete()
    return world


def manager() -> Client:
    client = Client()
    client.force_login(make_user(roles=(InternalRole.CHANNEL_MANAGER,)))
    return client


def owner(world: World, code: str) -> Client:
    client = Client()
    user = make_user(f"owner@{code}.example")
    make_membership(user, world.partners[code], role="owner")
    client.force_login(user)
    return client


def asked(client: Client, address: str) -> int:
    """Return how many queries a page takes; what is kept after the first visit is no page's own."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@ROLLED_UP
def test_figures_of_tiers_are_read_together_and_are_what_each_is_alone(*, rolled_up: bool) -> None:
    world = make_world(rolled_up=rolled_up)
    everybody = [partner.pk for partner in world.partners.values()]
    counts = set()
    for some in (everybody[:1], everybody):
        with CaptureQueriesContext(connection) as captured:
            found = figures_of(ladder(), some, as_of=ON)
        counts.add(len(captured))
        for pk in some:
            alone = {code: metrics.evaluate(code, Scope(ON, partner_id=pk), OPERATOR) for code in FIGURES}
            assert {code: (one.value, one.n) for code, one in found[pk].items()} == {
                code: (value.value, value.n) for code, value in alone.items()
            }
    assert counts == {4 if rolled_up else 5}  # the ladder takes one, the zone of days another


@ROLLED_UP
def test_pages_keep_to_twelve_queries_and_one_that_computes_the_day(*, rolled_up: bool) -> None:
    world = make_world(rolled_up=rolled_up)
    of_ours, of_partner = manager(), owner(world, "b")
    pages = (
        (of_ours, "/manage/partners/b/tier/"),
        (of_ours, f"/manage/partners/b/scorecard/?as_of={ON}"),
        (of_partner, "/portal/progress/"),
        (of_partner, f"/portal/deals/scorecard/?as_of={ON}"),
    )
    taken = {address: asked(client, address) for client, address in pages}
    assert max(taken.values()) <= (12 if rolled_up else 13), taken  # the one beyond computes the day


def test_what_is_read_together_is_read_once_and_kept_no_longer() -> None:
    world = make_world(rolled_up=True)
    scope = Scope(ON, partner_id=world.pk("b"))
    with CaptureQueriesContext(connection) as captured, metrics.together():
        first = [metrics.evaluate(code, scope, OPERATOR).value for code in ("nrr", "grr", "channel_mrr")]
        metrics.by_partner("nrr", Scope(ON), [world.pk("b")], OPERATOR)
        metrics.by_partner("live_customers", Scope(ON), [world.pk("b")], OPERATOR)
    assert len(captured) == 2
    with metrics.together():  # what was read of one partner answers for no other
        beside = [metrics.by_partner("channel_mrr", Scope(ON), [world.pk(code)], OPERATOR) for code in "bg"]
    assert [one[world.pk(code)].value for code, one in zip("bg", beside, strict=True)] == [
        metrics.evaluate("channel_mrr", Scope(ON, partner_id=world.pk(code)), OPERATOR).value for code in "bg"
    ]
    with CaptureQueriesContext(connection) as captured:
        again = [metrics.evaluate(code, scope, OPERATOR).value for code in ("nrr", "grr", "channel_mrr")]
    assert len(captured) == 3
    assert first == again
