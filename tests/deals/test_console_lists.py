"""The console's lists of letters, tenders, leads, wins, awards and silent deals, and what the bar counts of them."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Min
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import LateWin, Registration
from deals.queries.waiting import Waiting, waiting_for
from deals.services.awards import name_seller
from deals.services.letters import Upload, upload_letter
from deals.services.tenders import close_tender, open_tender
from deals.services.winning import Sale, win_registration
from prm.actors import OPERATOR, RULE
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.leads import make_lead

pytestmark = pytest.mark.django_db

LISTS = {
    "silent": "/manage/silent/",
    "letters": "/manage/letters/?state=waiting",
    "late_wins": "/manage/late-wins/",
    "leads": "/manage/leads/?state=to_offer",
}
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(response: Any) -> str:
    return str(response.content.decode())


def table(response: Any) -> list[dict[str, str]]:
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def customers(response: Any) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a href="[^"]+"><bdi>([^<]+)</bdi>', text(response))


def silent(cast: Cast, name: str, *, days: int = 50, **fields: Any) -> Registration:
    """Make a deal that is protected for 90 days, and of which nothing was heard since it was approved."""
    now = timezone.now()
    window = (now - days * DAY, now + (90 - days) * DAY)
    return make_registration(
        fields.pop("holder", cast.partner), account=make_account(name), status="approved", protected=window, **fields
    )


def letter(cast: Cast, name: str) -> Any:
    registration = make_registration(cast.partner, account=make_account(name))
    upload = Upload("l.pdf", b"%PDF-1.7", f"Signer {name}", "a@kivi.fi", timezone.now().date() - DAY)
    return upload_letter(registration_id=registration.pk, upload=upload, actor=cast.actor("seller"), now=timezone.now())


def late_win(cast: Cast, name: str) -> LateWin:
    row = make_registration(cast.partner, account=make_account(name), status="expired")
    sale = Sale(make_product(), Decimal(480), "EUR", date(2026, 12, 1))
    win_registration(registration_id=row.pk, actor=RULE, now=timezone.now(), version=None, sale=sale)
    return row.late_wins.get()


def award(cast: Cast, name: str) -> None:
    won = make_registration(cast.partner, account=make_account(name), status="approved", origin="co_sell")
    values: dict[str, Any] = {"registration_id": won.pk, "actor": OPERATOR, "now": timezone.now(), "version": None}
    name_seller(name=f"Seller of {name}", email="i@v.example", **values)
    win_registration(sale=Sale(make_product(), Decimal(480), "EUR", date(2026, 12, 1)), **values)


def tender(cast: Cast, name: str) -> Any:
    account, family = make_account(name), make_family()
    return open_tender(
        account_id=account.pk, family_id=family.pk, reason="Public", actor=cast.actor("manager"), now=timezone.now()
    )


def everything(cast: Cast, start: int, count: int) -> None:
    for number in range(start, start + count):
        silent(cast, f"Silent {number} Oy")
        letter(cast, f"Letter {number} Oy")
        late_win(cast, f"Late {number} Oy")
        award(cast, f"Award {number} Oy")
        tender(cast, f"Tender {number} Oy")
        make_lead(account=make_account(f"Lead {number} Oy"), now=timezone.now(), status="returned")


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_lists_ask_the_same_few_queries_at_any_size(cast: Cast) -> None:
    client = cast.signed_in("manager")
    paths = (
        "/manage/decisions/",
        "/manage/registrations/",
        "/manage/silent/",
        "/manage/tenders/",
        "/manage/letters/",
        "/manage/late-wins/",
        "/manage/leads/",
        "/manage/awards/",
        "/manage/customers/",
        "/manage/customers/merges/",
    )
    everything(cast, 0, 2)
    few = {path: queries(client, path) for path in paths}
    everything(cast, 2, 7)
    assert {path: queries(client, path) for path in paths} == few
    assert max(few.values()) <= 12, few


def test_bar_and_tabs_count_what_the_lists_show(cast: Cast) -> None:
    everything(cast, 0, 3)
    make_lead(cast.partner, account=make_account("Held Oy"), now=timezone.now())
    silent(cast, "Fresh Oy", days=10)
    client = cast.signed_in("manager")
    with CaptureQueriesContext(connection) as captured:
        counted = waiting_for(cast.actor("manager"), now=timezone.now(), release_days=45)
    oldest = Registration.objects.filter(status="submitted").aggregate(first=Min("submitted_at"))["first"]
    expected = Waiting(decisions=3, leads=3, late_wins=3, letters=3, silent=3, late=3, oldest=oldest)
    assert (len(captured), counted) == (1, expected)
    page = text(client.get("/manage/decisions/"))
    for path in LISTS.values():
        assert re.search(rf'href="{re.escape(path)}"[^>]*>[^<]+<span class="count">3<', page), path
        assert "Held Oy" not in text(client.get(path))
    assert customers(client.get(LISTS["leads"])) == ["Lead 2 Oy", "Lead 1 Oy", "Lead 0 Oy"]
    assert text(client.get(LISTS["late_wins"])).count('value="accept"') == 3
    assert len(customers(client.get(LISTS["letters"]))) == 3
    assert sorted(customers(client.get(LISTS["silent"]))) == ["Silent 0 Oy", "Silent 1 Oy", "Silent 2 Oy"]


def test_who_decides_nothing_has_no_counter_and_no_act(cast: Cast) -> None:
    deal = silent(cast, "Silent Oy")
    letter(cast, "Letter Oy")
    viewer = cast.signed_in("viewer")
    page = text(viewer.get("/manage/silent/"))
    assert 'class="count"' not in page
    assert "Silent Oy" in page
    assert "Release" not in page
    mark = f"{deal.public_id}:{deal.version}"
    assert viewer.post("/manage/silent/release/", {"one": mark, "text": "x"}).status_code == 403
    assert cast.signed_in("seller").get("/manage/silent/").status_code == 403


def test_a_silent_deal_is_released_with_one_click(cast: Cast) -> None:
    first, second, fresh = silent(cast, "Aava Oy", days=60), silent(cast, "Betoni Oy"), silent(cast, "Uusi Oy", days=44)
    manager = cast.signed_in("manager")
    page = manager.get("/manage/silent/")
    assert customers(page) == ["Aava Oy", "Betoni Oy"]
    assert "Of 2 protected deals nothing was heard for 45 days." in text(page)
    reason = "Nothing was reported for 45 days."
    assert f'value="{reason}"' in text(page)
    mark = f"{first.public_id}:{first.version}"
    done = manager.post("/manage/silent/release/", {"one": mark, "text": reason}, follow=True)
    assert "1 customer was released." in text(done)
    first.refresh_from_db()
    assert (first.status, first.decision_reason or first.events.latest("pk").reason) == ("revoked", reason)
    again = manager.post("/manage/silent/release/", {"one": mark, "text": reason})
    assert again.status_code == 422
    marks = [f"{deal.public_id}:{deal.version}" for deal in (second, fresh)]
    both = text(manager.post("/manage/silent/release/", {"pick": marks, "text": reason}, follow=True))
    assert "1 customer was released." in both
    assert "Uusi Oy: It was worked on within the last 45 days." in both
    fresh.refresh_from_db()
    assert fresh.status == "approved"
    for given in ({}, {"pick": "nonsense"}, {"pick": "x:1"}):
        assert manager.post("/manage/silent/release/", {**given, "text": "x"}).status_code == 422
    assert manager.post("/manage/silent/release/", {"one": marks[1], "text": ""}).status_code == 422


@pytest.mark.parametrize(
    ("path", "made", "column", "other"),
    [
        ("/manage/silent/", silent, "customer", "partner"),
        ("/manage/tenders/", tender, "customer", "bidders"),
        ("/manage/letters/", letter, "customer", "signer"),
        ("/manage/leads/", lambda _cast, name: make_lead(account=make_account(name)), "customer", "arrived"),
    ],
)
def test_lists_sort_and_find(cast: Cast, path: str, made: Any, column: str, other: str) -> None:
    for name in ("Betoni Oy", "Aava Oy", "Cedar Oy"):
        made(cast, name)
    client = cast.signed_in("manager")
    assert customers(client.get(f"{path}?sort={column}")) == ["Aava Oy", "Betoni Oy", "Cedar Oy"]
    assert customers(client.get(f"{path}?sort=-{column}")) == ["Cedar Oy", "Betoni Oy", "Aava Oy"]
    assert customers(client.get(f"{path}?q=ceda")) == ["Cedar Oy"]
    assert len(customers(client.get(f"{path}?sort=-{other}"))) == 3
    assert len(customers(client.get(f"{path}?sort=password&page=9"))) == 3
    nothing = text(client.get(f"{path}?q=zebra"))
    assert 'data-empty="filter"' in nothing
    assert f'href="{path}">Clear the filter' in nothing


@pytest.mark.parametrize(
    "path", ["silent/", "tenders/", "letters/", "late-wins/", "leads/", "awards/", "customers/merges/"]
)
def test_an_empty_list_says_why(cast: Cast, path: str) -> None:
    assert 'data-empty="none"' in text(cast.signed_in("manager").get(f"/manage/{path}"))


def test_states_filter(cast: Cast) -> None:
    manager, client = cast.actor("manager"), cast.signed_in("manager")
    over = tender(cast, "Over Oy")
    close_tender(tender_id=over.pk, winner_id=None, reason="Nobody", actor=manager, now=timezone.now())
    tender(cast, "Runs Oy")
    assert customers(client.get("/manage/tenders/")) == ["Runs Oy", "Over Oy"]
    assert customers(client.get("/manage/tenders/?state=open")) == ["Runs Oy"]
    assert customers(client.get("/manage/tenders/?state=closed")) == ["Over Oy"]
    late = late_win(cast, "Late Oy")
    late_win(cast, "Later Oy")
    path = f"/manage/late-wins/{late.registration.public_id}/decide/"
    client.post(path, {"act": "refuse", "text": "Ours"})
    waiting, decided = text(client.get("/manage/late-wins/")), text(client.get("/manage/late-wins/?state=decided"))
    assert ("Late Oy" in waiting, "Later Oy" in waiting) == (False, True)
    assert ("Late Oy" in decided, "Later Oy" in decided) == (True, False)
    assert "Not the partner&#x27;s win" in decided
    assert "Ours" in decided
    letter(cast, "Letter Oy")
    assert customers(client.get("/manage/letters/?state=refused")) == []
    assert customers(client.get("/manage/letters/?state=uploaded")) == ["Letter Oy"]
    award(cast, "Award Oy")
    assert "Seller of Award Oy" in text(client.get("/manage/awards/"))
    assert "Seller of Award Oy" not in text(client.get("/manage/awards/?state=exported"))


def test_lists_are_files_too(cast: Cast) -> None:
    everything(cast, 0, 1)
    deal = silent(cast, "=1+1", days=50, expected_mrr=Decimal("812.50"), currency="EUR")
    client = cast.signed_in("manager")
    rows = table(client.get("/manage/silent/silent.csv?q=1%2B1"))
    window = deal.protected
    assert window is not None
    assert rows == [
        {
            "reference": deal.reference,
            "customer": "'=1+1",
            "partner": "Northwind IT",
            "manager": deal.holder.manager_email,
            "family": deal.family.name,
            "expected_mrr": "812.5",
            "currency": "EUR",
            "last_update": window.lower.astimezone(UTC).isoformat(),
            "protected_until": window.upper.astimezone(UTC).isoformat(),
        }
    ]
    assert [row["customer"] for row in table(client.get("/manage/tenders/tenders.csv"))] == ["Tender 0 Oy"]
    (one,) = table(client.get("/manage/letters/letters.csv"))
    assert (one["customer"], one["signer_name"], one["state"]) == ("Letter 0 Oy", "Signer Letter 0 Oy", "uploaded")
    (one,) = table(client.get("/manage/leads/leads.csv"))
    assert (one["customer"], one["state"], one["partner"]) == ("Lead 0 Oy", "returned", "")
    (one,) = table(client.get("/manage/late-wins/late-wins.csv"))
    assert (one["customer"], one["partner"], one["decision"]) == ("Late 0 Oy", "Northwind IT", "")
    assert datetime.fromisoformat(one["due_at"]) == LateWin.objects.get().due_at
    (one,) = table(client.get("/manage/awards/awards.csv"))
    assert (one["seller_name"], one["customer"], one["amount"]) == ("Seller of Award 0 Oy", "Award 0 Oy", "")
    assert table(client.get("/manage/leads/leads.csv?state=converted")) == []
