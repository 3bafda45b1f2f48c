"""The partners' files: statuses and parents that a partner without rows of its own gets, people, tiers."""

from __future__ import annotations

from datetime import date

import pytest

from partners.models import Certification, Membership, ParentAssignment, Partner, StatusPeriod, Tier
from prm.models import User
from tests.folders import counts, load, problems

pytestmark = pytest.mark.django_db

HEADER = "code,name,type,status,parent,activated_on\n"


def statuses(code: str) -> list[tuple[str, date | None, date | None]]:
    """Return a partner's status history."""
    rows = StatusPeriod.objects.filter(partner__code=code).order_by("valid_from")
    return list(rows.values_list("status", "valid_from", "valid_until"))


def parents(code: str) -> list[tuple[str, date | None, date | None]]:
    """Return a partner's parents."""
    rows = ParentAssignment.objects.filter(partner__code=code).order_by("valid_from")
    return list(rows.values_list("parent__code", "valid_from", "valid_until"))


def test_a_partner_without_rows_has_its_status_since_activation_and_its_parent_from_the_beginning() -> None:
    load()
    assert statuses("north") == [("active", date(2026, 1, 1), None)]
    assert parents("north") == [("dist", None, None)]


def test_rows_of_its_own_say_more_and_an_empty_activation_is_the_first_day_active() -> None:
    load()
    assert statuses("south") == [
        ("active", date(2026, 2, 1), date(2026, 6, 1)),
        ("suspended", date(2026, 6, 1), None),
    ]
    assert parents("south") == [("dist", date(2026, 3, 1), None)]
    south = Partner.objects.get(code="south")
    assert (south.type, south.status, south.activated_on) == ("msp", "suspended", date(2026, 2, 1))


def test_a_corrected_status_replaces_the_one_since_activation() -> None:
    load({"partners.csv": HEADER + "a,A,reseller,active,,2026-01-01\n"})
    outcome = load({"partners.csv": HEADER + "a,A,reseller,suspended,,2026-02-01\n"})
    assert counts(outcome) == {"partners.csv": (0, 1, 0)}
    assert statuses("a") == [("suspended", date(2026, 2, 1), None)]


def test_a_status_that_changes_beside_a_longer_history_changes_today() -> None:
    load()
    load({"partners.csv": "code,status\nsouth,active\n"})
    assert statuses("south") == [
        ("active", date(2026, 2, 1), date(2026, 6, 1)),
        ("suspended", date(2026, 6, 1), date(2026, 11, 22)),
        ("active", date(2026, 11, 22), None),
    ]


def test_terminated_with_its_row_loads() -> None:
    outcome = load(
        {
            "partners.csv": HEADER + "a,A,reseller,terminated,,2026-01-01\n",
            "partner_statuses.csv": (
                "partner,status,from,until\na,active,2026-01-01,2026-05-01\na,terminated,2026-05-01,\n"
            ),
        }
    )
    assert outcome.applied
    assert counts(load({"partners.csv": HEADER + "a,A,reseller,terminated,,2026-01-01\n"})) == {
        "partners.csv": (0, 0, 1)
    }


def test_an_empty_parent_clears_and_an_absent_column_keeps() -> None:
    load()
    assert counts(load({"partners.csv": "code,name\nnorth,Northwind Ltd\n"})) == {"partners.csv": (0, 1, 0)}
    assert parents("north") == [("dist", None, None)]
    assert counts(load({"partners.csv": "code,parent\nnorth,\n"})) == {"partners.csv": (0, 1, 0)}
    assert parents("north") == []
    assert Partner.objects.get(code="north").name == "Northwind Ltd"


def test_two_partners_may_swap_places() -> None:
    load({"partners.csv": HEADER + "a,A,distributor,active,,\nb,B,distributor,active,a,\n"})
    assert load({"partners.csv": HEADER + "a,A,distributor,active,b,\nb,B,distributor,active,,\n"}).applied
    assert (parents("a"), parents("b")) == ([("b", None, None)], [])


def test_parents_with_dates_are_changed_where_their_dates_are() -> None:
    load()
    assert problems({"partners.csv": "code,parent\nsouth,north\n"}) == [
        "partners.csv:2: parent: the stored parents of this partner have dates; change them in parent_assignments.csv"
    ]
    assert counts(load({"partners.csv": "code,parent\nsouth,dist\n"})) == {"partners.csv": (0, 0, 1)}


def test_an_overlap_with_a_stored_row_is_named() -> None:
    load()
    assert problems({"tier_assignments.csv": "partner,tier,from,until\nnorth,gold,2026-02-01,2026-03-01\n"}) == [
        (
            "tier_assignments.csv:2: from: overlaps a stored row (from the beginning until 2026-03-01): "
            "a partner holds one tier at a time"
        )
    ]


def test_a_circle_with_stored_parents_is_named() -> None:
    load()
    assert problems({"partners.csv": "code,parent\ndist,north\n"}) == [
        "partners.csv:2: parent: “dist” would be above itself"
    ]


def test_an_assignment_is_voided_and_replaced_in_one_file() -> None:
    load()
    outcome = load(
        {
            "tier_assignments.csv": (
                "partner,tier,from,until\nnorth,gold,2026-03-01,2026-03-01\nnorth,gold,2026-02-01,\n"
                "north,silver,,2026-02-01\n"
            )
        }
    )
    assert [str(p) for p in outcome.problems] == []
    assert counts(outcome) == {"tier_assignments.csv": (1, 2, 0)}


def test_people_are_made_once_and_cannot_sign_in_until_they_set_a_password() -> None:
    load()
    ada = User.objects.get(email="ada@north.example")
    assert (ada.name, ada.has_usable_password(), ada.roles) == ("Ada Lovelace", False, [])
    rows = Membership.objects.order_by("partner__code").values_list("partner__code", "role", "is_active")
    assert list(rows) == [("north", "owner", True), ("south", "seller", False)]
    assert Certification.objects.get().user == ada
    load({"people.csv": "email,partner,name,role\nADA@north.example,north,Ada King,finance\n"})
    ada.refresh_from_db()
    assert ada.name == "Ada King"
    assert Membership.objects.get(partner__code="north").role == "finance"


def test_a_person_with_a_password_keeps_it() -> None:
    User.objects.create_user("ada@north.example", "a long password", name="Ada")
    load()
    ada = User.objects.get(email="ada@north.example")
    assert ada.check_password("a long password")
    assert ada.name == "Ada Lovelace"


def test_tiers_swap_ranks() -> None:
    load()
    assert load({"tiers.csv": "code,rank\nsilver,2\ngold,1\n"}).applied
    assert list(Tier.objects.order_by("rank").values_list("code", flat=True)) == ["gold", "silver"]
    assert problems({"tiers.csv": "code,name,rank\nbronze,Bronze,1\n"}) == [
        "tiers.csv:2: rank: 1 is the rank of stored tier “gold”"
    ]
