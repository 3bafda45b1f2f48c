"""Leads on connections of their own: turns are taken one after the other, one answer counts, one deal is made."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from deals.models import Lead, LeadOffer, Registration
from deals.services.decisions import approve_registration
from deals.services.leads import NewLead, accept_lead, add_lead, convert_lead, decline_lead, sweep_leads
from prm.actors import OPERATOR
from prm.errors import DomainError
from tests.cast import assemble
from tests.factories.deals import NOW, make_family, make_registration
from tests.factories.leads import make_lead
from tests.factories.partners import assign_tier, make_partner

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do everything at the same moment, each on its own connection; return what each answered."""
    barrier = Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=30)
            return str(act())
        except DomainError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(one, act) for act in acts]]


def test_leads_that_arrive_at_once_go_round_evenly() -> None:
    cast, family = assemble(), make_family()
    for number in range(2):
        assign_tier(make_partner(f"further-{number}"), cast.tier)

    def arrive(number: int) -> Callable[[], object]:
        new = NewLead(family=family, website=f"asiakas{number}.fi", company=f"Asiakas {number}", country="FI")
        return lambda: add_lead(new=new, actor=OPERATOR, now=NOW).status

    for start in range(0, 8 * ROUNDS, 8):
        assert at_once(*(arrive(start + number) for number in range(8))) == ["offered"] * 8
        counts = Counter(LeadOffer.objects.values_list("partner__code", flat=True))
        assert max(counts.values()) - min(counts.values()) == 0
    assert Lead.objects.count() == 8 * ROUNDS


def test_of_yes_no_and_the_sweep_one_counts() -> None:
    cast = assemble()
    seller, owner = cast.actor("seller"), cast.actor("owner")
    for _round in range(ROUNDS):
        lead = make_lead(cast.partner)
        pk, due = lead.pk, lead.offers.get().due_at
        at_once(
            partial(accept_lead, lead_id=pk, actor=seller, now=NOW, version=None),
            partial(decline_lead, lead_id=pk, actor=owner, now=NOW, version=1, reason="No"),
            partial(sweep_leads, now=due),
        )
        lead.refresh_from_db()
        first = lead.offers.order_by("pk")[:1].get()
        held = lead.offers.filter(released_at__isnull=True)
        assert held.count() == 1
        assert held.get().partner_id == lead.partner_id
        assert (first.answer == "accepted") == (lead.status == "accepted")
        assert lead.status in {"accepted", "offered"}


def test_clicking_thrice_at_once_registers_one_deal_and_a_rival_is_not_approved() -> None:
    cast = assemble()
    seller, manager = cast.actor("seller"), cast.actor("manager")
    for _round in range(ROUNDS):
        lead = make_lead(cast.partner, status="accepted")
        rival = make_registration(cast.rival, account=lead.account, family=lead.family, place=10**9)
        convert = partial(convert_lead, lead_id=lead.pk, actor=seller, now=NOW)
        approve = partial(
            approve_registration, registration_id=rival.pk, actor=manager, now=NOW, version=None, reason="x"
        )
        answers = at_once(convert, convert, convert, approve)
        made = Registration.objects.get(account=lead.account, status="approved")
        assert made.holder == cast.partner
        assert answers[:3] == [made.reference] * 3
        assert answers[3] in {"rival_pending", "protected", "wrong_state"}
