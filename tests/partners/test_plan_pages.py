"""The pages of joint plans: the partner answers, the channel manager writes, the list says what is next."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from partners.models import Certification, JointAction, Partner, PlanVersion
from partners.queries.plans import targets_of
from partners.services.plans.agreeing import ask_for_change
from partners.services.plans.drafting import Content, reopen_plan, write_and_propose
from prm.months import month_start
from tests.cast import Cast, assemble
from tests.factories.partners import make_partner
from tests.factories.plans import ACTIONS, NOW, TARGETS, make_agreed, make_draft, make_proposed

pytestmark = pytest.mark.django_db
PLAN = "/portal/plan/"
CONSOLE = "/manage/partners/northwind/plan/"
LIST = "/manage/partners/plans/"
YEAR = month_start(timezone.now().date()).replace(month=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", " ", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


def rows(page: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(page.content.decode("utf-8-sig"))))


def form_of(version: PlanVersion, **changes: str) -> dict[str, str]:
    """Fill in the form as the page has it."""
    filled = {"version": str(version.edits), "actions": "2", "aims": "Grow"}
    filled |= {"a-0-what": "Train", "a-0-side": "partner", "a-0-owner": "Sanna", "a-0-due_on": "2026-12-01"}
    return filled | {"a-1-side": "partner", "t-certified_people-4": "3", "t-nrr-4": "110"} | changes


# The partner


def test_without_a_plan_the_page_says_what_comes(cast: Cast) -> None:
    make_draft(cast, begins_on=YEAR)
    page = cast.signed_in("owner").get(PLAN)
    assert "No joint plan is laid before you yet" in text(page)
    assert "Grow backup" not in text(page)
    assert cast.signed_in("owner").get(f"{PLAN}plan.csv").status_code == 404


def test_an_owner_reads_and_agrees(cast: Cast) -> None:
    Certification.objects.create(user=cast.owner, certification="Pro", valid_from=date(2020, 1, 1))
    version = make_proposed(cast, begins_on=YEAR)
    client = cast.signed_in("owner")
    home = text(client.get("/portal/"))
    assert f"Agree on the joint plan {YEAR.year}" in home
    page = client.get(f"{PLAN}?plan={version.plan.public_id}")
    told = text(page)
    assert "Version 1 , proposed by Anna Kowal" in told
    assert "Grow backup in Finland" in told
    assert "Certified people" in told
    assert "1 of 1 reached" in told
    assert "Train two engineers" in told
    assert "1 of 3" in told or "target 3" in told
    done = client.post(f"{PLAN}{version.public_id}/answer/", {"act": "agree", "version": version.edits}, follow=True)
    assert "The joint plan is agreed." in text(done)
    assert "agreed by Sanna Rinne" in text(done)
    assert "Agree to this plan" not in text(done)
    assert "Agree on the joint plan" not in text(client.get("/portal/"))


def test_an_owner_asks_for_a_change_and_reads_why_it_was_not_sent(cast: Cast) -> None:
    version = make_proposed(cast, begins_on=YEAR)
    client, path = cast.signed_in("owner"), f"{PLAN}{version.public_id}/answer/"
    empty = client.post(path, {"act": "ask", "version": version.edits, "asked": " "})
    assert (empty.status_code, "Say what should change." in text(empty)) == (422, True)
    stale = client.post(path, {"act": "ask", "version": 1, "asked": "Three engineers"})
    assert stale.status_code == 409
    assert "Three engineers" in stale.content.decode()
    client.post(path, {"act": "ask", "version": version.edits, "asked": "Three engineers"})
    version.refresh_from_db()
    assert (version.status, version.asked) == ("draft", "Three engineers")
    console = text(cast.signed_in("manager").get(CONSOLE))
    assert "Sanna Rinne asks for a change" in console
    assert "Three engineers" in console


@pytest.mark.parametrize("who", ["seller", "marketing", "finance"])
def test_others_of_the_partner_read_and_do_not_answer(cast: Cast, who: str) -> None:
    version = make_proposed(cast, begins_on=YEAR)
    client = cast.signed_in(who)
    page = text(client.get(PLAN))
    assert "Train two engineers" in page
    assert "Agree to this plan" not in page
    assert "An owner of your company agrees to it" in page
    answer = client.post(f"{PLAN}{version.public_id}/answer/", {"act": "agree", "version": version.edits})
    assert answer.status_code == 403
    version.refresh_from_db()
    assert version.status == "proposed"


def test_a_rival_finds_nothing(cast: Cast) -> None:
    version = make_proposed(cast, begins_on=YEAR)
    client = cast.signed_in("rival_owner")
    answer = client.post(f"{PLAN}{version.public_id}/answer/", {"act": "agree", "version": version.edits})
    assert answer.status_code == 404
    assert client.get(f"{PLAN}?plan={version.plan.public_id}").status_code == 404
    assert "Train two" not in text(client.get(PLAN))


def test_what_a_waiting_version_changes_is_shown(cast: Cast) -> None:
    first, manager = make_agreed(cast, begins_on=YEAR), cast.actor("manager")
    draft = reopen_plan(plan_id=first.plan_id, actor=manager, now=NOW)
    content = Content("Grow faster", {**TARGETS, ("certified_people", 4): Decimal(5)}, ACTIONS[1:])
    write_and_propose(version_id=draft.pk, edits=draft.edits, content=content, actor=manager, now=NOW)
    page = cast.signed_in("owner").get(PLAN)
    changes = [(one.name, one.was, one.now, one.kind) for one in page.context["changes"]]
    assert changes == [
        ("What both want to reach", "Grow backup in Finland", "Grow faster", "changed"),
        ("Certified people, Q4", "3", "5", "changed"),
        ("Give a seminar", "", "Vendor, Anna Kowal, 15 December 2026", "added"),
        ("Train two engineers", "Northwind IT, Sanna Rinne, 30 September 2026", "", "removed"),
        ("Give a seminar", "Vendor, Anna Kowal, 15 December 2026", "", "removed"),
    ]
    older = text(cast.signed_in("seller").get(f"{PLAN}?version=1"))
    assert "A newer version waits for agreement." in older
    assert "Grow backup in Finland" in older
    assert cast.signed_in("seller").get(f"{PLAN}?version=3").status_code == 404
    assert cast.signed_in("seller").get(f"{PLAN}?version=x").status_code == 404


def test_an_owner_marks_an_action_of_the_partners_side(cast: Cast) -> None:
    make_agreed(cast, begins_on=YEAR)
    theirs, ours = JointAction.objects.order_by("pk")
    client = cast.signed_in("owner")
    page = client.get(PLAN)
    assert [one.marks for one in page.context["actions"]] == [True, False]
    back = client.post(f"{PLAN}actions/{theirs.public_id}/", {"done": "1", "back": "/portal/"})
    assert back["Location"] == "/portal/"
    away = client.post(f"{PLAN}actions/{theirs.public_id}/", {"done": "1", "back": "https://evil.example/"})
    assert away["Location"] == PLAN
    theirs.refresh_from_db()
    assert theirs.done_by == "Sanna Rinne"
    assert client.post(f"{PLAN}actions/{ours.public_id}/", {"done": "1"}).status_code == 403
    assert cast.signed_in("rival_owner").post(f"{PLAN}actions/{theirs.public_id}/", {"done": "0"}).status_code == 404


def test_the_file_says_exactly_what_the_page_says(cast: Cast) -> None:
    Certification.objects.create(user=cast.owner, certification="Pro", valid_from=date(2020, 1, 1))
    make_agreed(cast, begins_on=YEAR.replace(year=YEAR.year - 1))
    page = cast.signed_in("seller").get(f"{PLAN}plan.csv")
    assert [(row["figure"], row["quarter"], row["target"], row["actual"], row["standing"]) for row in rows(page)] == [
        ("certified_people", "1", "1", "1", "met"),
        ("certified_people", "2", "2", "1", "missed"),
        ("certified_people", "3", "2", "1", "missed"),
        ("certified_people", "4", "3", "1", "missed"),
    ]
    assert rows(cast.signed_in("viewer").get(f"{CONSOLE}plan.csv")) == rows(page)


# The console


def test_a_manager_begins_writes_and_proposes(cast: Cast) -> None:
    client = cast.signed_in("manager")
    assert "Nothing is planned with this partner yet" in text(client.get(CONSOLE))
    begun = client.post(f"{CONSOLE}begin/", {"begins_on": f"{YEAR}"})
    version = PlanVersion.objects.get()
    edit = f"{CONSOLE}{version.public_id}/"
    assert begun["Location"] == edit
    assert client.get(edit).status_code == 200
    again = client.post(f"{CONSOLE}begin/", {"begins_on": f"{YEAR}"})
    assert (again.status_code, "another plan on some of these days" in text(again)) == (422, True)
    bad = client.post(edit, form_of(version, **{"a-0-owner": "", "t-nrr-1": "many"}))
    assert bad.status_code == 422
    assert "Say who does it." in text(bad)
    assert "Enter a number" in text(bad)
    assert client.post(edit, form_of(version, **{"t-won_12m-1": "2.5"})).status_code == 422
    client.post(edit, form_of(version, act="propose"))
    version.refresh_from_db()
    assert (version.status, version.aims) == ("proposed", "Grow")
    assert targets_of(version) == {("certified_people", 4): Decimal(3), ("nrr", 4): Decimal("1.1")}
    assert [(line.what, line.owner) for line in version.lines.all()] == [("Train", "Sanna")]
    filled = client.get(edit).content.decode()
    assert 'name="t-nrr-4" value="110"' in filled
    assert client.post(edit, {**form_of(version), "version": "1"}).status_code == 409


def test_a_manager_changes_what_was_agreed_and_throws_it_away(cast: Cast) -> None:
    first, client = make_agreed(cast, begins_on=YEAR), cast.signed_in("manager")
    act = f"{CONSOLE}{first.public_id}/act/"
    assert client.get(f"{CONSOLE}{first.public_id}/").status_code == 404, "what was agreed is not edited"
    opened = client.post(act, {"act": "reopen", "version": first.edits})
    draft = PlanVersion.objects.get(number=2)
    assert opened["Location"] == f"{CONSOLE}{draft.public_id}/"
    assert "Version 1 stays in force until this one is agreed." in re.sub(" +", " ", text(client.get(CONSOLE)))
    seminar = JointAction.objects.order_by("pk")[1]
    kept = {"a-1-what": "Give a seminar", "a-1-side": "vendor", "a-1-owner": "Anna", "a-1-due_on": "2026-12-20"}
    client.post(opened["Location"], form_of(draft, **kept, **{"a-1-action": str(seminar.public_id)}))
    assert [line.action_id for line in draft.lines.all()] == [None, seminar.pk]
    draft.refresh_from_db()
    proposed = client.post(f"{CONSOLE}{draft.public_id}/act/", {"act": "propose", "version": draft.edits}, follow=True)
    assert "The partner's owners are asked to agree." in text(proposed).replace("&#x27;", "'")
    client.post(f"{CONSOLE}{draft.public_id}/act/", {"act": "discard", "version": draft.edits})
    assert list(PlanVersion.objects.all()) == [first]


@pytest.mark.parametrize("who", ["viewer", "finance_person"])
def test_others_read_and_do_not_write(cast: Cast, who: str) -> None:
    version, client = make_draft(cast, begins_on=YEAR), cast.signed_in(who)
    page = text(client.get(CONSOLE))
    assert "Grow backup in Finland" in page
    assert "Propose to the partner" not in page
    for path in (f"{version.public_id}/", f"{version.public_id}/act/", "begin/"):
        assert client.post(f"{CONSOLE}{path}", {}).status_code == 403


def test_the_list_says_what_is_next(cast: Cast) -> None:
    make_agreed(cast, begins_on=YEAR)
    JointAction.objects.update(due_on=date(2020, 1, 1))
    waiting = make_proposed(cast, cast.rival, begins_on=YEAR)
    make_partner("new", name="New one", status="onboarding", activated_on=None, manager_email="anna@vendor.example")
    client = cast.signed_in("manager")

    def told(query: str = "") -> list[tuple[str, str, int]]:
        return [(row.code, row.plan_state, row.late) for row in client.get(f"{LIST}{query}").context["page"]]

    assert told() == [("new", "none", 0), ("contoso", "proposed", 0), ("northwind", "agreed", 2)]
    assert "1 partner has no plan." in text(client.get(LIST))
    assert told("?manager=mine") == [("new", "none", 0), ("northwind", "agreed", 2)]
    assert told("?state=agreed") == [("northwind", "agreed", 2)]
    assert told("?state=nonsense") == told()
    ask_for_change(version_id=waiting.pk, edits=waiting.edits, text="More", actor=cast.actor("rival_owner"), now=NOW)
    assert told()[0] == ("contoso", "asked", 0)
    found = rows(client.get(f"{LIST}plans.csv?manager=mine"))
    assert [(row["partner"], row["plan"], row["late_actions"]) for row in found] == [
        ("new", "none", "0"), ("northwind", "agreed", "2"),
    ]  # fmt: skip
    assert "No partner matches this filter" in text(client.get(f"{LIST}?state=draft"))


# Queries


@pytest.mark.parametrize("size", [1, 30])
def test_pages_ask_the_same_however_much_there_is(
    cast: Cast, size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    figures = {(figure, n): Decimal(n) for figure in ("certified_people", "won_12m") for n in (1, 2, 3, 4)}
    actions = tuple(ACTIONS[0] for _n in range(size))
    draft = make_draft(cast, begins_on=YEAR, content=Content("Grow", figures, actions))
    for number in range(size):
        make_partner(f"more-{number}")
    assert Partner.objects.count() == size + 3
    manager, owner = cast.signed_in("manager"), cast.signed_in("owner")
    for client, path in ((manager, LIST), (manager, CONSOLE), (manager, f"{CONSOLE}{draft.public_id}/")):
        client.get(path)
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200
    write_and_propose(
        version_id=draft.pk, edits=draft.edits, content=Content("Grow", figures, actions),
        actor=cast.actor("manager"), now=NOW,
    )  # fmt: skip
    owner.get(PLAN)
    with django_assert_max_num_queries(12):
        assert owner.get(PLAN).status_code == 200
