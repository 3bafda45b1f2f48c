"""The console's pages about partners: the book, one partner, suspension, search."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from partners.models import Activity, ParentAssignment, Partner, PartnerStatus, StatusPeriod, Territory
from partners.services.status import lift_suspension, suspend_partner
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, Program
from tests.cast import Cast, assemble
from tests.factories.commissions import EntryRow, make_run, make_statement
from tests.factories.deals import make_account, make_registration
from tests.factories.partners import assign_tier, make_partner, make_tier

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def listed(client: Client, query: str = "") -> list[str]:
    return [row.code for row in client.get("/manage/partners/" + query).context["page"]]


def test_a_channel_manager_begins_with_the_own_book(cast: Cast) -> None:
    manager = cast.signed_in("manager")

    assert listed(manager) == ["northwind"]
    assert listed(manager, "?manager=all") == ["contoso", "fabrikam", "northwind"]
    assert "1 partner in your book." in manager.get("/manage/partners/").content.decode()


def test_others_begin_with_all_partners(cast: Cast) -> None:
    assert listed(cast.signed_in("finance_person")) == ["contoso", "fabrikam", "northwind"]
    Partner.objects.update(manager_email="")
    assert listed(cast.signed_in("manager")) == ["contoso", "fabrikam", "northwind"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=NORTH", ["northwind"]),
        ("q=contoso.example", ["contoso"]),
        ("status=terminated", ["fabrikam"]),
        ("tier=silver", ["contoso", "northwind"]),
        ("type=reseller&country=PL", ["contoso"]),
        ("manager=piotr@vendor.example", ["contoso"]),
        ("manager=mine", []),
        ("q=nothing", []),
        ("sort=-name", ["northwind", "fabrikam", "contoso"]),
        ("sort=-country", ["fabrikam", "contoso", "northwind"]),
        ("sort=tier", ["contoso", "northwind", "fabrikam"]),
        ("sort=;drop", ["contoso", "fabrikam", "northwind"]),
        ("page=99&status=active", ["contoso", "northwind"]),
    ],
)
def test_the_list_is_filtered_and_sorted_by_its_address(cast: Cast, query: str, codes: list[str]) -> None:
    Partner.objects.filter(code="fabrikam").update(country="SE")

    assert listed(cast.signed_in("viewer"), "?" + query) == codes


@pytest.mark.parametrize("count", [1, 60])
def test_the_list_asks_the_same_of_the_database_at_any_size(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        partner = make_partner(f"p-{number}")
        assign_tier(partner, cast.tier)
        Activity.objects.create(partner=partner, kind="review_held", occurred_at=NOW)
    client = cast.signed_in("viewer")

    with django_assert_num_queries(9):
        page = client.get("/manage/partners/").context["page"]

    assert (page.paginator.count, len(page)) == (3 + count, min(25, 3 + count))


def test_the_download_has_every_row_of_the_filter_and_no_formula(cast: Cast) -> None:
    make_partner("evil", name="=cmd()", status=PartnerStatus.TERMINATED, activated_on=None)

    answer = cast.signed_in("viewer").get("/manage/partners/partners.csv?status=terminated&sort=-name")

    assert answer["Content-Disposition"].startswith('attachment; filename="partners-')
    assert answer.content.decode() == (
        "partner,name,type,tier,status,country,website,manager_email,activated_on\n"
        "fabrikam,Fabrikam Services,reseller,,terminated,,,,2025-01-01\n"
        "evil,'=cmd(),reseller,,terminated,,,,\n"
    )


def test_empty_lists_say_why(cast: Cast) -> None:
    viewer = cast.signed_in("viewer")

    assert "No partner matches this filter" in viewer.get("/manage/partners/?q=zzz").content.decode()
    assert "No partner is in your book" in viewer.get("/manage/partners/?manager=mine").content.decode()


def test_a_partner_page_shows_what_is_known(cast: Cast) -> None:
    gold = make_tier("gold", name="Gold", protection_days=120)
    cast.partner.tier_assignments.update(valid_from=date(2025, 1, 1), valid_until=date(2026, 7, 1))
    assign_tier(cast.partner, gold, valid_from=date(2026, 7, 1))
    ParentAssignment.objects.create(partner=cast.partner, parent=cast.rival, valid_from=date(2025, 5, 1))
    day = date(2025, 4, 1)
    ParentAssignment.objects.create(partner=cast.partner, parent=cast.former, valid_from=day, valid_until=day)
    Territory.objects.create(partner=cast.partner, country="FI", segment="Public")
    Activity.objects.create(
        partner=cast.partner, kind="certification_passed", occurred_at=NOW, object="Security", user=cast.seller
    )

    page = cast.signed_in("viewer").get("/manage/partners/northwind/")

    text = page.content.decode()
    assert page.context["state"] == "Reseller, Gold, managed by Anna Kowal."
    assert [(line.what, line.value, line.valid_from, line.last_day) for line in page.context["history"]] == [
        ("Tier", "Gold", date(2026, 7, 1), None),
        ("Parent", "Contoso Cloud", date(2025, 5, 1), None),
        ("Tier", "Silver", date(2025, 1, 1), date(2026, 6, 30)),
        ("Status", "Active", date(2025, 1, 1), None),
    ]
    for words in ("Sanna Rinne", "Finland · Public", "120 days", "<bdi>Security</bdi></b> was passed", "Jere Salmi"):
        assert words in text
    assert "/manage/partners/northwind/status/" not in text
    assert "Partners below" in cast.signed_in("viewer").get("/manage/partners/contoso/").content.decode()


def test_unknown_partners_are_not_found(cast: Cast) -> None:
    manager = cast.signed_in("manager")

    assert manager.get("/manage/partners/nobody/").status_code == 404
    assert manager.get("/manage/partners/nobody/status/").status_code == 404
    assert manager.get("/manage/partners/fabrikam/status/").status_code == 404


def periods(partner: Partner) -> list[tuple[str, date | None, date | None]]:
    rows = StatusPeriod.objects.filter(partner=partner).order_by("valid_from")
    return [(row.status, row.valid_from, row.valid_until) for row in rows]


def test_a_suspension_and_its_end_leave_a_history(cast: Cast) -> None:
    actor = cast.actor("manager")
    suspend_partner(partner_id=cast.partner.pk, reason="Unpaid bills", actor=actor, now=NOW)
    lifted_at = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    lift_suspension(partner_id=cast.partner.pk, reason="Paid", actor=actor, now=lifted_at)

    cast.partner.refresh_from_db()
    assert cast.partner.status == "active"
    assert periods(cast.partner) == [
        ("active", date(2025, 1, 1), date(2026, 11, 22)),
        ("suspended", date(2026, 11, 22), date(2026, 11, 30)),
        ("active", date(2026, 11, 30), None),
    ]
    assert [(e.action, e.reason, e.user_id, e.channel, e.object_id) for e in AuditEvent.objects.order_by("id")] == [
        ("partner_suspended", "Unpaid bills", cast.manager.pk, "console", cast.partner.pk),
        ("suspension_lifted", "Paid", cast.manager.pk, "console", cast.partner.pk),
    ]
    assert [(a.kind, a.object) for a in cast.partner.activities.order_by("occurred_at")] == [
        ("partner_suspended", "Unpaid bills"),
        ("suspension_lifted", "Paid"),
    ]


def test_a_change_on_the_day_of_another_corrects_that_day(cast: Cast) -> None:
    actor = cast.actor("admin")
    suspend_partner(partner_id=cast.partner.pk, reason="By mistake", actor=actor, now=NOW)
    lift_suspension(partner_id=cast.partner.pk, reason="Sorry", actor=actor, now=NOW)

    assert periods(cast.partner) == [
        ("active", date(2025, 1, 1), date(2026, 11, 22)),
        ("active", date(2026, 11, 22), None),
    ]


def test_the_day_is_the_programs(cast: Cast) -> None:
    Program.objects.update(timezone="Asia/Tokyo")
    late = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

    suspend_partner(partner_id=cast.partner.pk, reason="x", actor=cast.actor("manager"), now=late)

    assert periods(cast.partner)[-1] == ("suspended", date(2026, 11, 23), None)


def test_status_changes_are_refused_with_a_sentence(cast: Cast) -> None:
    manager = cast.actor("manager")

    with pytest.raises(StaleError, match="Northwind IT is active by now"):
        lift_suspension(partner_id=cast.partner.pk, reason="x", actor=manager, now=NOW)
    with pytest.raises(DomainError, match="Say why"):
        suspend_partner(partner_id=cast.partner.pk, reason="  ", actor=manager, now=NOW)
    for name in ("finance_person", "viewer", "owner", "stranger"):
        with pytest.raises(NotAllowedError):
            suspend_partner(partner_id=cast.partner.pk, reason="x", actor=cast.actor(name), now=NOW)


def test_a_manager_suspends_and_lifts_on_the_page(cast: Cast) -> None:
    manager = cast.signed_in("manager")
    url = "/manage/partners/northwind/status/"
    assert url in manager.get("/manage/partners/northwind/").content.decode()

    assert manager.post(url, {"act": "suspend", "reason": ""}).status_code == 422
    assert manager.post(url, {"act": "suspend", "reason": "Unpaid bills"})["Location"] == "/manage/partners/northwind/"
    page = manager.get("/manage/partners/northwind/").content.decode()
    assert "Northwind IT is suspended." in page
    assert "Lift the suspension" in page
    stale = manager.post(url, {"act": "suspend", "reason": "Again"})
    assert stale.status_code == 422
    assert "Northwind IT is suspended by now." in stale.content.decode()
    assert manager.post(url, {"act": "lift", "reason": "Paid"}).status_code == 302
    cast.partner.refresh_from_db()
    assert cast.partner.status == "active"


def test_who_may_not_suspend_is_refused(cast: Cast) -> None:
    for name in ("finance_person", "viewer", "owner"):
        url = "/manage/partners/northwind/status/"
        assert cast.signed_in(name).post(url, {"act": "suspend", "reason": "x"}).status_code == 403
    cast.partner.refresh_from_db()
    assert cast.partner.status == "active"


def test_search_finds_partners_and_opens_the_one_that_is_named(cast: Cast) -> None:
    viewer = cast.signed_in("viewer")

    page = viewer.get("/manage/search/?q=co")
    assert [hit.title for _source, hits in page.context["found"] for hit in hits] == ["Contoso Cloud"]
    assert viewer.get("/manage/search/?q=contoso")["Location"] == "/manage/partners/contoso/"
    assert "Nothing found" in viewer.get("/manage/search/?q=%22zz").content.decode()
    assert "at least two characters" in viewer.get("/manage/search/?q=c").content.decode()


def test_the_console_opens_at_the_first_page_of_the_person(cast: Cast) -> None:
    answer = cast.signed_in("viewer").get("/manage/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/manage/")
    assert answer["Location"] != "/manage/"


@pytest.mark.parametrize("count", [1, 20])
def test_a_partner_page_has_the_parts_of_other_apps_and_stays_within_its_queries(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        account = make_account(f"Customer {number}", domain=f"customer-{number}.example")
        make_registration(cast.partner, account=account, status="approved")
        ParentAssignment.objects.create(partner=make_partner(), parent=cast.partner)
    run = make_run(date(2026, 6, 1), [EntryRow(partner=cast.partner, subscription=None, entitlement="12.50")])
    make_statement(run, cast.partner)
    client = cast.signed_in("manager")

    with django_assert_num_queries(12):
        page = client.get("/manage/partners/northwind/").content.decode()

    assert f'<h2>Open registrations</h2><span class="note"><bdi class="num" dir="ltr">{count}</bdi></span>' in page
    assert "Customer 0" in page
    assert "the default plan" in page
    assert "€12.50" in page
