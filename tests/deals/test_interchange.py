"""The deals' files: identity, protection, history, splits that are corrected in one file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from psycopg.types.range import Range

from deals.models import (
    Account,
    AccountCandidate,
    AccountDomain,
    Credit,
    Family,
    Lead,
    Registration,
    RegistrationEvent,
    Subscription,
)
from deals.services.leads import sweep_leads
from tests.folders import FOLDER, NOW, counts, load, problems

pytestmark = pytest.mark.django_db

CREDITS = "subscription,partner,role,from,until,share\n"


def protected(external_id: str) -> Range[datetime] | None:
    """Return the window of a loaded registration."""
    window: Range[datetime] | None = Registration.objects.get(external_id=external_id).protected
    return window


def test_accounts_are_known_by_domain_and_name_key_and_find_parents_below_them() -> None:
    load()
    acme = Account.objects.get(external_id="a-2")
    assert (acme.source_system, acme.name_key, acme.is_prospect) == ("csv", "acme", False)
    assert AccountDomain.objects.get(domain="acme.example").account == acme
    assert Account.objects.get(external_id="a-1").parent == acme
    assert Account.objects.get(external_id="a-3").name_key == "zolc"


def test_a_domain_that_another_account_holds_makes_a_candidate_and_never_an_error() -> None:
    load()
    outcome = load(
        {"accounts.csv": "external_id,name,website\nb-1,Acme Retail,shop.acme.example\nb-2,B,acme.example\n"}
    )
    assert outcome.applied
    acme = Account.objects.get(external_id="a-2")
    assert AccountDomain.objects.get(domain="acme.example").account == acme
    rows = AccountCandidate.objects.order_by("account__external_id")
    assert list(rows.values_list("account__external_id", "other__external_id", "reason", "score")) == [
        ("b-1", "a-2", "duplicate_domain", Decimal(1)),
        ("b-2", "a-2", "duplicate_domain", Decimal(1)),
    ]
    assert Account.objects.get(external_id="b-1").website == "shop.acme.example"


def test_absent_columns_keep_and_empty_cells_clear() -> None:
    load()
    assert counts(load({"accounts.csv": "external_id,segment\na-2,\n"})) == {"accounts.csv": (0, 1, 0)}
    acme = Account.objects.get(external_id="a-2")
    assert (acme.name, acme.segment, acme.country, acme.version) == ("Acme GmbH", "", "DE", 2)
    assert Account.objects.get(external_id="a-1").parent == acme


def test_a_circle_with_stored_accounts_is_named() -> None:
    load()
    assert problems({"accounts.csv": "external_id,parent\na-2,a-1\n"}) == [
        "accounts.csv:2: parent: “a-2” would be above itself"
    ]


def test_families_come_with_their_products() -> None:
    load()
    assert list(Family.objects.order_by("code").values_list("code", "name")) == [
        ("Backup", "Backup"),
        ("Workspace", "Workspace"),
    ]


def test_an_approved_registration_is_protected_for_its_tiers_window() -> None:
    load()
    decided = datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert protected("r-2") == Range(decided, decided + timedelta(days=120), "[)")
    assert Registration.objects.get(external_id="r-2").protected_tier.code == "gold"  # type: ignore[union-attr]
    # Without an offset a moment is in the program's time zone, Europe/Berlin; no tier, but a date of its own.
    start = datetime(2026, 3, 7, 23, tzinfo=UTC)
    assert protected("r-4") == Range(start, datetime(2026, 11, 30, 23, tzinfo=UTC), "[)")
    assert protected("r-1") is None
    assert not Credit.objects.filter(registration__isnull=False).exists()


def test_without_a_tier_the_window_has_90_days() -> None:
    load()
    load(
        {
            "registrations.csv": "external_id,partner,account,family,status,decided_at\n"
            "r-9,dist,a-2,Workspace,approved,2026-11-01T00:00:00Z\n"
        }
    )
    start = datetime(2026, 11, 1, tzinfo=UTC)
    assert protected("r-9") == Range(start, start + timedelta(days=90), "[)")


def test_a_window_once_granted_stays_when_the_tier_changes() -> None:
    load()
    before = protected("r-2")
    outcome = load({"tiers.csv": "code,protection_days\ngold,30\n", "registrations.csv": FOLDER["registrations.csv"]})
    assert counts(outcome)["registrations.csv"] == (0, 0, 4)
    assert protected("r-2") == before


def test_leaving_approved_ends_the_window_now() -> None:
    load()
    won: dict[str, str | bytes] = {"registrations.csv": "external_id,status,closed_on\nr-4,won,2026-11-22\n"}
    load(won)
    assert protected("r-4") == Range(datetime(2026, 3, 7, 23, tzinfo=UTC), NOW, "[)")
    again = load(
        {"registrations.csv": "external_id,status,closed_on\nr-4,won,2026-11-22\n"}, now=NOW + timedelta(days=1)
    )
    assert counts(again) == {"registrations.csv": (0, 0, 1)}


def test_a_clash_with_a_stored_protection_names_it() -> None:
    load()
    lines = (
        "external_id,partner,account,family,status,decided_at,exclusive\n"
        "x-1,south,a-3,Backup,approved,2026-07-01,\n"
        "x-2,south,a-3,Backup,approved,2026-07-05,\n"
        "x-3,dist,a-3,Workspace,approved,2026-07-05,false\n"
        "x-4,dist,a-3,Workspace,lost,2026-07-05,\n"
    )
    assert problems({"registrations.csv": lines}) == [
        "registrations.csv:2: status: protected already: “north” holds this customer and family (stored: r-2)"
    ]


def test_loaded_registrations_have_places_due_dates_and_a_history() -> None:
    load()
    waiting = Registration.objects.get(external_id="r-3")
    assert waiting.due_at == NOW + timedelta(days=180)
    live = Registration.objects.filter(place__isnull=False).order_by("place")
    assert list(live.values_list("external_id", flat=True)) == ["r-2", "r-4", "r-3"]
    events = RegistrationEvent.objects.order_by("registration__external_id")
    assert list(events.values_list("registration__external_id", "kind", "from_status", "to_status", "actor")) == [
        ("r-1", "loaded", "", "won", "operator"),
        ("r-2", "loaded", "", "approved", "operator"),
        ("r-3", "loaded", "", "waiting", "operator"),
        ("r-4", "loaded", "", "approved", "operator"),
    ]


def test_a_submission_is_due_after_the_programs_business_days() -> None:
    load()
    load(
        {
            "registrations.csv": "external_id,partner,account,family,status,submitted_at\n"
            "r-8,dist,a-2,Workspace,submitted,2026-11-19T10:00:00Z\n"
        }
    )
    # Thursday 11:00 in Berlin, and two business days: Monday 11:00.
    assert Registration.objects.get(external_id="r-8").due_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_a_split_is_corrected_in_one_file() -> None:
    load()
    outcome = load({"credits.csv": CREDITS + "s-1,dist,sourced,,,70\ns-1,north,sourced,,,30\ns-1,south,sourced,,,0\n"})
    assert [str(p) for p in outcome.problems] == []
    assert counts(outcome) == {"credits.csv": (1, 2, 0)}


def test_a_share_over_100_with_stored_credits_is_named() -> None:
    load()
    stored = "a stored row (from the beginning until further notice)"
    assert problems({"credits.csv": CREDITS + "s-1,dist,sourced,2026-05-01,,0.5\n"}) == [
        (
            "credits.csv:2: share: the sourced shares of “s-1” add up to 100.5 % on 2026-05-01, "
            f"together with {stored}, {stored}"
        )
    ]


def test_a_credit_ends_and_the_next_begins_in_one_file() -> None:
    load()
    outcome = load({"credits.csv": CREDITS + "s-1,south,sourced,,2026-05-01,40\ns-1,dist,sourced,2026-05-01,,40\n"})
    assert [str(p) for p in outcome.problems] == []
    assert Credit.objects.get(partner__code="south").valid_until == date(2026, 5, 1)


def test_subscriptions_know_their_registration() -> None:
    load()
    subscription = Subscription.objects.get(external_id="s-1")
    assert subscription.registration is not None
    assert (subscription.source_system, subscription.registration.external_id) == ("csv", "r-1")


LEADS = "external_id,account,family,created_at,partner,status,offered_at,answered_at,source,expected_mrr,currency\n"


def test_leads_keep_what_was_told_and_a_new_one_waits_for_the_sweep() -> None:
    load()
    rows = (
        "n-1,a-3,Backup,,,,,,Fair,500,EUR\n"
        "n-2,a-3,Backup,2026-02-01T09:00:00Z,north,,2026-02-01T10:00:00Z,,,,\n"
        "n-3,a-3,Backup,,north,,,2026-02-01T10:00:00Z,,,\n"
        "n-4,a-3,Backup,,,qualified,,,,,\n"
    )
    assert load({"leads.csv": LEADS + rows}).applied
    leads = {str(lead.external_id): lead for lead in Lead.objects.filter(external_id__startswith="n-")}
    assert [(key, leads[key].status) for key in sorted(leads)] == [
        ("n-1", "new"),
        ("n-2", "offered"),
        ("n-3", "accepted"),
        ("n-4", "qualified"),
    ]
    first = leads["n-1"]
    assert (first.created_at, first.source, first.expected_mrr, first.currency) == (NOW, "Fair", Decimal(500), "EUR")
    assert load({"leads.csv": LEADS + rows}, now=NOW + timedelta(days=1)).applied
    first.refresh_from_db()
    assert (first.version, first.created_at) == (1, NOW)


def test_a_file_never_takes_a_lead_back_that_went_on_here() -> None:
    load()
    row = LEADS + "n-1,a-2,Backup,,,new,,,,,\n"
    load({"leads.csv": row})
    swept = sweep_leads(now=NOW)
    lead = Lead.objects.get(external_id="n-1")
    assert (swept.offered, lead.status, lead.offers.count()) == (1, "offered", 1)
    assert load({"leads.csv": row}).applied
    again = Lead.objects.get(external_id="n-1")
    assert (again.status, again.partner_id, again.offered_at) == ("offered", lead.partner_id, lead.offered_at)
