"""The pages of tiers: progress in words, the board, tiers by hand, the editor with its simulation, certifications."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from partners.models import (
    Activity,
    Certification,
    Tier,
    TierAssignment,
    TierCriterion,
    TierOverride,
    TierRun,
    TierWarning,
)
from partners.policy.tiers import Check
from partners.queries.progress import evaluations_of, progress_of
from partners.queries.tier_board import board, lines_of
from partners.queries.tier_words import missing_sentence, skipped_sentence
from partners.services.certifications import tell_of_expiry
from partners.services.tiers.evaluation import evaluate_tiers
from prm import estimates
from prm.actors import OPERATOR
from prm.models import AuditEvent, OutboxMessage, Program
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.partners import assign_tier, make_membership, make_partner, make_tier, make_user

pytestmark = pytest.mark.django_db
TIERS = "/manage/partners/tiers/"
CERTIFICATIONS = "/manage/partners/certifications/"


@pytest.fixture
def cast() -> Cast:
    """Both partners hold Silver since 2025; Gold asks for three certified people and two live customers."""
    made = assemble()
    TierAssignment.objects.update(valid_from=date(2025, 1, 1))
    gold = make_tier("gold", rank=2, protection_days=120)
    TierCriterion.objects.create(tier=gold, figure="certified_people", at_least=3)
    TierCriterion.objects.create(tier=gold, figure="live_customers", at_least=2)
    return made


def certify(*people: Any) -> None:
    for user in people:
        Certification.objects.create(user=user, certification="Pro", valid_from=date(2026, 1, 1))


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", " ", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


# Progress


def test_progress_is_said_in_words(cast: Cast) -> None:
    certify(cast.owner)
    page = text(cast.signed_in("seller").get("/portal/progress/"))
    assert "Silver. The next tier is Gold." in page
    assert "Two more certified people" in page
    assert "Certified people: 1 of 3" in page
    assert "Two more live customers" in page
    assert "120 days" in page


def test_home_fetches_progress_as_a_part_and_links_to_it(cast: Cast) -> None:
    certify(cast.owner, cast.seller)
    home = cast.signed_in("owner").get("/portal/").content.decode()
    assert 'hx-get="/portal/progress/"' in home
    assert "What is missing for the next tier" in home
    part = cast.signed_in("owner").get("/portal/progress/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "One more certified person" in text(part)
    assert part["Vary"].startswith("HX-Request")


def test_a_warning_says_what_is_missing_and_when_it_counts(cast: Cast) -> None:
    TierAssignment.objects.all().delete()
    assign_tier(cast.partner, Tier.objects.get(code="gold"), valid_from=date(2025, 1, 1))
    evaluate_tiers(as_of=date(2026, 10, 31), actor=OPERATOR, now=timezone.now())
    page = text(cast.signed_in("owner").get("/portal/progress/"))
    assert "Gold is at risk" in page
    assert "Three more certified people" in page


def test_what_is_skipped_is_not_missing_and_half_a_person_is_a_whole_one(cast: Cast) -> None:
    gold = Tier.objects.get(code="gold")
    TierCriterion.objects.create(tier=gold, figure="nrr", at_least=90)
    TierCriterion.objects.filter(figure="certified_people").update(at_least=Decimal("1.5"))
    certify(cast.owner)
    found = progress_of(partner_id=cast.partner.pk, on=date(2026, 11, 25), review_month=1)
    assert [check.figure for check in found.missing] == ["certified_people", "live_customers"]
    program = Program.current()
    assert missing_sentence(found.missing[0], program) == "one more certified person"
    assert [skipped_sentence(one) for one in found.next_checks if one.holds is None] == [
        "Not asked: under five customers it says little."
    ]
    rate = Check("nrr", Decimal("0.95"), Decimal("0.9"), holds=False)
    assert missing_sentence(rate, program) == "5.0 percentage points more: NRR"
    undefined = Check("nrr", Decimal("0.95"), None, None, "There was no customer 12 months before.")
    assert skipped_sentence(undefined) == "Not asked: it is not defined at the moment."


def test_a_warning_about_another_tier_and_a_tier_by_hand_to_come_are_not_of_today(cast: Cast) -> None:
    gold = Tier.objects.get(code="gold")
    run = evaluate_tiers(as_of=date(2026, 10, 31), actor=OPERATOR, now=timezone.now())
    TierWarning.objects.create(
        partner=cast.partner, tier=gold, warned_on=date(2026, 11, 1), run=TierRun.objects.get(as_of=run.as_of)
    )
    TierOverride.objects.create(
        partner=cast.partner, tier=gold, valid_from=date(2027, 1, 1), valid_until=date(2027, 2, 1), reason="x",
        created_at=timezone.now(),
    )  # fmt: skip
    found = progress_of(partner_id=cast.partner.pk, on=date(2026, 11, 25), review_month=1)
    assert (found.warning, found.review, found.by_hand_until) == (None, None, None)
    warned: list[Any] = list(board(actor=cast.actor("viewer"), on=date(2026, 11, 25), only="warned"))
    assert [(row.code, row.by_hand_until) for row in warned] == [("northwind", None)]
    assert list(board(actor=cast.actor("viewer"), on=date(2026, 11, 25), only="by_hand")) == []


def test_nobody_reads_what_was_found_about_another(cast: Cast) -> None:
    run = evaluate_tiers(as_of=date(2026, 10, 31), actor=OPERATOR, now=timezone.now())
    stored, rival = TierRun.objects.get(as_of=run.as_of), cast.actor("rival_owner")
    assert [row.partner for row in lines_of(stored, actor=rival)] == [cast.rival]
    assert list(evaluations_of(rival, partner_id=cast.partner.pk)) == []
    assert len(evaluations_of(rival, partner_id=cast.rival.pk)) == 1


def test_a_figure_that_nobody_knows_is_not_asked_here(cast: Cast) -> None:
    TierCriterion.objects.create(tier=Tier.objects.get(code="gold"), figure="sauced", at_least=1)
    assert "cannot be counted at the moment" in text(cast.signed_in("owner").get("/portal/progress/"))


def test_progress_keeps_to_twelve_queries(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    TierCriterion.objects.filter(figure="live_customers").delete()  # figures bring queries of their own
    client = cast.signed_in("owner")
    with django_assert_max_num_queries(12):
        client.get("/portal/progress/")


# The board


def test_the_board_says_who_is_where_and_what_comes(cast: Cast) -> None:
    TierCriterion.objects.filter(figure="live_customers").delete()
    certify(cast.owner, cast.seller, cast.finance)
    evaluate_tiers(as_of=date(2030, 10, 31), actor=OPERATOR, now=timezone.now())
    client = cast.signed_in("viewer")
    page = client.get(TIERS)
    assert "Last evaluated on the facts of 31 October 2030, counting from 1 November 2030." in text(page)
    assert {row.code: (row.tier_name, row.next_tier) for row in page.context["page"]} == {
        "contoso": ("Silver", None),
        "northwind": ("Silver", "Gold"),
    }
    assert "1 up, 0 down, 0 warned" in text(page)
    assert [row.code for row in client.get(f"{TIERS}?only=moves").context["page"]] == ["northwind"]
    assert list(client.get(f"{TIERS}?tier=gold").context["page"]) == []
    rows = list(csv.DictReader(StringIO(client.get(f"{TIERS}tiers.csv").content.decode())))
    assert [(row["partner"], row["tier"], row["next_tier"], row["next_from"]) for row in rows] == [
        ("contoso", "silver", "", ""),
        ("northwind", "silver", "Gold", "2030-11-01"),
    ]
    run = text(client.get(f"{TIERS}runs/2030-10-31/"))
    assert "2 partners: 1 promoted, 0 demoted, 0 warned. It counts from 1 November 2030." in run
    assert client.get(f"{TIERS}runs/2029-01-01/").status_code == 404
    assert client.get(f"{TIERS}runs/x/").status_code == 404


@pytest.mark.parametrize("partners", [1, 40])
def test_the_board_asks_the_same_however_many(
    cast: Cast, partners: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(partners):
        make_partner(f"more-{number}")
    client = cast.signed_in("admin")
    with django_assert_max_num_queries(12):
        client.get(TIERS)


def test_an_administrator_sets_a_tier_by_hand_and_ends_it(cast: Cast) -> None:
    path, today = "/manage/partners/northwind/tier/", timezone.now().date()
    form = {"tier": "gold", "valid_from": today, "valid_until": today + timedelta(days=90), "reason": "Launch partner"}
    assert cast.signed_in("manager").post(path, form).status_code == 403
    assert "Set by hand" not in text(cast.signed_in("manager").get(path))
    admin = cast.signed_in("admin")
    assert admin.post(path, {**form, "reason": ""}).status_code == 422
    back = admin.post(path, {**form, "valid_from": today - timedelta(days=1)})
    assert back.status_code == 422
    assert "A tier is never back-dated" in text(back)
    done = text(admin.post(path, form, follow=True))
    assert "Gold by hand; Silver is computed." in done
    assert "Launch partner" in done
    made = TierOverride.objects.get()
    ended = text(admin.post(f"{path}{made.public_id}/end/", follow=True))
    assert "The tier by hand has ended" in ended
    assert "Silver, as computed." in ended


def test_evaluations_by_the_api_are_a_partners_own(cast: Cast) -> None:
    certify(cast.owner)
    evaluate_tiers(as_of=date(2030, 10, 31), actor=OPERATOR, now=timezone.now())
    rows = integrator().get("tier-evaluations?as_of=2030-10-31").json()["results"]
    assert sorted(row["partner"] for row in rows) == ["contoso", "northwind"]
    (own,) = integrator(partner=cast.partner).get("tier-evaluations").json()["results"]
    assert own["figures"]["certified_people"] == {"value": "1", "n": 1, "why": ""}
    assert {name: own[name] for name in ("partner", "held", "tier", "move", "effective_on", "is_review")} == {
        "partner": "northwind", "held": "silver", "tier": "silver", "move": "kept", "effective_on": "2030-11-01",
        "is_review": False,
    }  # fmt: skip
    assert integrator().get("tiers/gold").json()["criteria"] == {"certified_people": "3", "live_customers": "2"}


# Criteria


def criteria(**changes: str) -> dict[str, str]:
    return {
        "silver-protection_days": "90",
        "silver-live_cap": "15",
        "silver-mdf_share": "0",
        "gold-protection_days": "120",
        "gold-mdf_share": "2.5",
        "gold-c-certified_people": "3",
        "gold-c-live_customers": "2",
        **changes,
    }


def test_criteria_are_tried_on_paper_with_their_cost(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[int, str]] = []

    def cost(_actor: Any, tiers: dict[int, str], _now: Any) -> Any:
        asked.append(tiers)
        return date(2026, 10, 1), (estimates.TierCost("EUR", Decimal(1000), Decimal("1250.50")),)

    monkeypatch.setattr(estimates, "_tier_providers", [cost])
    certify(cast.owner)
    admin = cast.signed_in("admin")
    form = criteria(**{"gold-c-certified_people": "1", "gold-c-live_customers": ""})
    page = text(admin.post(f"{TIERS}criteria/", {**form, "act": "try"}))
    assert "1 of 2 partners would move." in page
    assert "+€250.50" in page
    assert "What October 2026 would have cost" in page
    assert asked == [{cast.partner.pk: "gold"}]
    assert TierCriterion.objects.count() == 2  # on paper only
    assert not AuditEvent.objects.filter(action="tier.changed").exists()


def test_criteria_are_put_in_force_and_leave_a_trail(cast: Cast) -> None:
    admin = cast.signed_in("admin")
    form = criteria(**{"gold-c-certified_people": "4", "gold-c-live_customers": "", "gold-c-nrr": "95"})
    done = text(admin.post(f"{TIERS}criteria/", {**form, "act": "save"}, follow=True))
    assert "1 tier was changed." in done
    asked = TierCriterion.objects.filter(tier__code="gold").order_by("figure").values_list("figure", "at_least")
    assert list(asked) == [("certified_people", Decimal(4)), ("nrr", Decimal(95))]
    assert Tier.objects.get(code="gold").mdf_share == Decimal("2.5")
    event = AuditEvent.objects.get(action="tier.changed")
    assert event.data["before"]["criteria"] == {"certified_people": "3", "live_customers": "2"}
    assert event.data["after"]["criteria"] == {"certified_people": "4", "nrr": "95"}
    assert len(TierAssignment.objects.all()) == 2  # what is held changes at the next evaluation
    wrong = admin.post(f"{TIERS}criteria/", {**criteria(), "gold-protection_days": "0", "act": "save"})
    assert wrong.status_code == 422
    assert cast.signed_in("manager").post(f"{TIERS}criteria/", {**form, "act": "save"}).status_code == 403


# Certifications


def test_a_manager_records_a_certification_and_the_log_knows(cast: Cast) -> None:
    client, today = cast.signed_in("manager"), timezone.now().date()
    make_membership(cast.seller, cast.rival)
    form = {"person_email": "Jere@Northwind.example", "certification": "Backup Pro", "valid_from": "2026-03-02"}
    done = client.post(f"{CERTIFICATIONS}record/", {**form, "valid_until": today + timedelta(days=30)}, follow=True)
    assert "The certification is recorded." in text(done)
    assert "1 certification expires within 60 days." in text(done)
    facts = Activity.objects.filter(kind="certification_passed").order_by("partner__code")
    assert [(fact.partner.code, fact.object, f"{fact.occurred_at:%Y-%m-%d %H:%M}") for fact in facts] == [
        ("contoso", "Backup Pro", "2026-03-02 00:00"),
        ("northwind", "Backup Pro", "2026-03-02 00:00"),
    ]
    client.post(f"{CERTIFICATIONS}record/", form)  # the same again: no second fact
    assert Activity.objects.filter(kind="certification_passed").count() == 2
    unknown = client.post(f"{CERTIFICATIONS}record/", {**form, "person_email": "nobody@example.com"})
    assert unknown.status_code == 422
    assert cast.signed_in("viewer").post(f"{CERTIFICATIONS}record/", form).status_code == 403


def test_a_certification_by_the_api_is_a_fact_too(cast: Cast) -> None:
    body = {"person_email": cast.seller.email, "certification": "Pro", "from": "2026-01-05"}
    assert integrator().post("certifications", body).status_code == 201
    assert integrator().post("certifications", body).status_code == 200
    assert Activity.objects.get(kind="certification_passed").partner == cast.partner


def test_the_list_the_search_and_the_file(cast: Cast) -> None:
    certify(cast.owner)
    Certification.objects.create(
        user=cast.rival_owner, certification="Old", valid_from=date(2020, 1, 1), valid_until=date(2021, 1, 1)
    )
    client = cast.signed_in("viewer")
    assert [row.certification for row in client.get(CERTIFICATIONS).context["page"]] == ["Pro"]
    assert [row.certification for row in client.get(f"{CERTIFICATIONS}?only=expired").context["page"]] == ["Old"]
    assert list(client.get(f"{CERTIFICATIONS}?q=contoso").context["page"]) == []
    assert "Northwind IT" in text(client.get(f"{CERTIFICATIONS}?q=northwind"))
    file = client.get(f"{CERTIFICATIONS}certifications.csv").content.decode()
    assert file == "person_email,certification,from,until\nsanna@northwind.example,Pro,2026-01-01,\n"


def test_who_holds_what_expires_soon_is_told_once(cast: Cast) -> None:
    now = timezone.now()
    today = now.date()
    for user, days in ((cast.owner, 60), (cast.seller, 61), (cast.finance, 10), (make_user(), 0)):
        Certification.objects.create(
            user=user, certification="Pro", valid_from=date(2026, 1, 1), valid_until=today + timedelta(days=days)
        )
    Certification.objects.create(user=cast.finance, certification="Pro", valid_from=today)  # passed again
    assert tell_of_expiry(now=now) == 1
    assert tell_of_expiry(now=now) == 0
    mail = OutboxMessage.objects.get(topic="mail")
    assert mail.payload["to"] == "sanna@northwind.example"
    assert mail.payload["subject"].startswith("Pro expires on ")


def test_who_belongs_to_no_running_partner_is_not_told(cast: Cast) -> None:
    now = timezone.now()
    for user in (cast.owner, cast.former_owner, cast.stranger):
        Certification.objects.create(
            user=user, certification="Pro", valid_from=date(2026, 1, 1), valid_until=now.date() + timedelta(days=10)
        )
    cast.owner.memberships.update(is_active=False)
    assert tell_of_expiry(now=now) == 0
    cast.owner.memberships.update(is_active=True)
    assert tell_of_expiry(now=now) == 1
