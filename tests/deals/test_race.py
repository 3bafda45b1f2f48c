"""The promise kept by the database: rivals at the same moment, on connections of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from deals.models import Account, AccountDomain, Registration
from deals.services.decisions import approve_registration
from deals.services.submission import submit_registration
from partners.models import Partner
from prm.actors import Actor, ActorKind
from prm.errors import DomainError
from tests.cast import assemble
from tests.factories.deals import NOW, a_deal, make_family, make_registration
from tests.factories.partners import make_partner
from tests.waiting import wait_for_waiting

MANAGER = Actor(kind=ActorKind.OPERATOR, label="operator")
ROUNDS = 10


def register_at_once(partner: Partner, website: str, company: str, barrier: Barrier) -> str:
    """Submit and approve, as soon as everybody is ready; return the answer."""
    try:
        family = make_family()
        barrier.wait(timeout=30)
        registration = submit_registration(
            deal=a_deal(website, company=company, family=family),
            actor=MANAGER,
            now=NOW,
            holder_id=partner.pk,
        )
        if registration.status == "rejected":
            return registration.findings.get(severity="block").code
        approve_registration(registration_id=registration.pk, actor=MANAGER, now=NOW, version=None)
    except DomainError as error:
        return error.code
    finally:
        connections.close_all()
    return "approved"


@pytest.mark.django_db(transaction=True)
def test_rivals_at_the_same_moment_end_with_one_customer_and_one_protection() -> None:
    rivals = [make_partner(f"rival-{number}") for number in range(4)]
    make_family()
    for number in range(ROUNDS):
        website, barrier = f"customer{number}.fi", Barrier(len(rivals))
        names = ["Customer", "Customer Oy", "CUSTOMER", "Asiakas"]
        with ThreadPoolExecutor(len(rivals)) as pool:
            asked = [
                pool.submit(register_at_once, rival, website, f"{name} {number}", barrier)
                for rival, name in zip(rivals, names, strict=True)
            ]
            answers = sorted(future.result(timeout=60) for future in asked)
        account = AccountDomain.objects.get(domain=website).account
        assert Account.objects.count() == number + 1
        held = Registration.objects.filter(account=account)
        assert held.count() == len(rivals)
        assert held.filter(status="approved").count() == 1
        assert answers.count("approved") == 1
        assert set(answers) <= {"approved", "protected", "rival_pending", "wrong_state"}
        in_order = held.order_by("place").values_list("pk", flat=True)
        assert list(in_order) == sorted(in_order)


def press(client: Client, address: str, typed: dict[str, str], barrier: Barrier) -> tuple[int, str]:
    """Send a form as soon as everybody is ready; return status and where the answer leads."""
    try:
        barrier.wait(timeout=30)
        answer = client.post(address, typed)
        return answer.status_code, answer.headers.get("Location", "")
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_draft", [False, True])
def test_a_button_that_is_pressed_thrice_at_once_submits_one_deal(is_draft: bool) -> None:
    cast, family, presses = assemble(), make_family(), 3
    draft = make_registration(cast.partner, status="draft") if is_draft else None
    typed = {
        "website": "lumisaari.fi",
        "family": family.code,
        "company": "Lumisaari Oy",
        "country": "FI",
        "expected_mrr": "480.00",
        "currency": "EUR",
        "expected_close_on": f"{timezone.localdate():%Y-%m}",
        "version": "1",
    }
    address = f"/portal/deals/{draft.public_id}/edit/" if draft else "/portal/deals/new/"
    clients, barrier = [cast.signed_in("seller") for _press in range(presses)], Barrier(presses)
    with ThreadPoolExecutor(presses) as pool:
        asked = [pool.submit(press, client, address, typed, barrier) for client in clients]
        answers = {future.result(timeout=60) for future in asked}
    made = Registration.objects.get()
    assert made.status == "submitted"
    assert answers == {(302, f"/portal/deals/{made.public_id}/")}


@pytest.mark.django_db(transaction=True)
def test_what_saves_itself_while_the_button_is_pressed_leaves_no_second_deal() -> None:
    cast, family = assemble(), make_family()
    typed = {
        "form_key": "0123456789abcdef0123456789abcdef",
        "website": "lumisaari.fi",
        "family": family.code,
        "company": "Lumisaari Oy",
        "country": "FI",
        "expected_mrr": "480.00",
        "currency": "EUR",
        "expected_close_on": f"{timezone.localdate():%Y-%m}",
    }
    button, keyboard = cast.signed_in("seller"), cast.signed_in("seller")
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Partner.objects.select_for_update().get(pk=cast.partner.pk)
            saving = pool.submit(press, keyboard, "/portal/deals/autosave/", typed, Barrier(1))
            wait_for_waiting(1)
            submitting = pool.submit(press, button, "/portal/deals/new/", typed, Barrier(1))
            wait_for_waiting(2)
        assert saving.result(timeout=30) == (200, "")
        answered = submitting.result(timeout=30)
    made = Registration.objects.get()
    assert made.status == "submitted"
    assert answered == (302, f"/portal/deals/{made.public_id}/")
