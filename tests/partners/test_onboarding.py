"""Onboarding: checklists in versions, steps by fact and by hand, activation, reminders; agreements; the timeline."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from partners.models import (
    Activity,
    AgreementAcceptance,
    AgreementText,
    Certification,
    ChecklistStep,
    ChecklistTemplate,
    Membership,
    Onboarding,
    OnboardingStep,
    Partner,
    PartnerSettings,
    SignedAgreement,
    StatusPeriod,
)
from partners.policy.onboarding import StepFacts, is_finished, is_stalled, overdue
from partners.queries.activity import qualifying_kinds, timeline
from partners.queries.agreements import acceptances_of, all_accepted, texts_to_accept
from partners.queries.onboarding import (
    open_onboardings,
    progress_of,
    with_payout_method,
    with_people,
    with_profile,
    with_tax_form,
    with_training,
)
from partners.services import record_activity
from partners.services.agreements import Origin, accept_agreement, hash_of, publish_text
from partners.services.applications.deciding import approve_application
from partners.services.eligibility import record_certification
from partners.services.onboarding import begin_onboarding, complete_step, refresh_onboarding, sweep_onboardings
from partners.services.payees import MethodEntry, submit_payout_method, verify_payout_method
from partners.services.people_invitations import accept_invitation, invite_person, link_for
from partners.services.reviews import record_review
from partners.services.tax import TaxFormEntry, submit_tax_form, verify_tax_form
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import OutboxMessage, Program, User
from tests.cast import Cast, assemble
from tests.factories.applications import make_application
from tests.factories.partners import make_membership
from tests.factories.payees import IBAN_FI, make_method, make_tax_form

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


def newcomer(cast: Cast) -> Partner:
    """Make Northwind a partner that is being onboarded, with the checklist of resellers."""
    partner = Partner.objects.create(
        code="newcomer", name="Newcomer", type="reseller", status="onboarding", manager_email="anna@vendor.example"
    )
    StatusPeriod.objects.create(partner=partner, status="onboarding", valid_from=TODAY)
    for person in (cast.owner, cast.seller):
        person.memberships.update(partner=partner)
    begin_onboarding(partner=partner, now=NOW)
    return partner


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", "", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


def done(partner: Partner) -> list[str]:
    rows = OnboardingStep.objects.filter(onboarding__partner=partner, done_on__isnull=False)
    return list(rows.order_by("position").values_list("fact", flat=True))


def publish(cast: Cast, version: str = "1", *, now: datetime = NOW, accept_by: date | None = None) -> AgreementText:
    return publish_text(
        agreement="Partner agreement",
        version=version,
        text=f"Terms {version}\n\nOf trade.",
        accept_by=accept_by,
        actor=cast.actor("admin"),
        now=now,
    )


def facts(required: str, done_on: str = "", due: int = 0) -> list[StepFacts]:
    """Make steps: ``r`` required, ``o`` optional; done where the same place of ``done_on`` is ``x``."""
    return [
        StepFacts(kind == "r", TODAY if done_on[n : n + 1] == "x" else None, TODAY + due * DAY)
        for n, kind in enumerate(required)
    ]


def test_when_onboarding_is_finished() -> None:
    assert is_finished(facts("rro", "xx"))
    assert not is_finished(facts("rro", "x x"))
    assert not is_finished(facts("oo", "xx"))
    assert not is_finished([])


def test_when_it_has_stalled_and_what_is_overdue() -> None:
    steps = facts("rr")
    assert not is_stalled(steps, began_on=TODAY - 13 * DAY, today=TODAY, after_days=14)
    assert is_stalled(steps, began_on=TODAY - 14 * DAY, today=TODAY, after_days=14)
    assert not is_stalled(facts("rr", "x"), began_on=TODAY - 30 * DAY, today=TODAY, after_days=14)
    assert not is_stalled(facts("rr", "xx"), began_on=TODAY - 30 * DAY, today=TODAY + 30 * DAY, after_days=14)
    assert overdue(facts("rr", "x", due=-1), today=TODAY, side="partner") == [1]
    assert overdue(facts("rr", "", due=0), today=TODAY, side="partner") == []
    assert overdue(facts("rr", "", due=-1), today=TODAY, side="vendor") == []


def test_an_approved_application_begins_the_checklist_of_its_type_in_its_latest_version(cast: Cast) -> None:
    newer = ChecklistTemplate.objects.create(type="msp", version=2)
    ChecklistStep.objects.create(template=newer, title="Meet us", due_days=3, side="vendor")
    partner = approve_application(application_id=make_application().pk, text="", actor=cast.actor("manager"), now=NOW)
    begun = Onboarding.objects.get(partner=partner)
    assert (begun.template, begun.began_on) == (newer, TODAY)
    [step] = begun.steps.all()
    assert (step.title, step.due_on, step.assignee_email) == ("Meet us", date(2026, 11, 28), "anna@vendor.example")
    ChecklistStep.objects.filter(template=newer).update(title="Changed")
    assert begun.steps.get().title == "Meet us"
    assert begin_onboarding(partner=partner, now=NOW) is None


def test_facts_complete_steps_and_the_last_required_one_activates(cast: Cast) -> None:
    partner = newcomer(cast)
    refresh_onboarding(partner_id=partner.pk, now=NOW)
    assert done(partner) == ["people"]
    Partner.objects.filter(pk=partner.pk).update(country="FI", website="new.example")
    make_tax_form(partner)
    make_method(partner)
    Certification.objects.create(user=cast.seller, certification="Associate", valid_from=TODAY)
    later = NOW + 3 * DAY
    assert not refresh_onboarding(partner_id=partner.pk, now=later)
    assert done(partner) == ["profile", "tax_form", "payout_method", "people", "training"]
    made = publish(cast, now=later)
    accept_agreement(text_id=made.pk, sha256=made.sha256, actor=cast.actor("owner"), origin=Origin(), now=later + DAY)
    partner.refresh_from_db()
    assert (partner.status, partner.activated_on) == ("active", date(2026, 11, 29))
    assert Onboarding.objects.get(partner=partner).ended_on == date(2026, 11, 29)
    rows = StatusPeriod.objects.filter(partner=partner).order_by("valid_from")
    assert list(rows.values_list("status", "valid_from", "valid_until")) == [
        ("onboarding", TODAY, date(2026, 11, 29)),
        ("active", date(2026, 11, 29), None),
    ]
    kinds = Activity.objects.filter(partner=partner).values_list("kind", flat=True)
    assert set(kinds) == {"agreement_accepted", "partner_activated"}
    mail = OutboxMessage.objects.filter(topic="mail").order_by("-pk")[0].payload
    assert (mail["to"], mail["subject"]) == ("sanna@northwind.example", "Newcomer is active in Partner program")
    assert not refresh_onboarding(partner_id=partner.pk, now=later + 2 * DAY)


def test_a_fact_completes_its_step_when_it_is_written(cast: Cast) -> None:
    partner = newcomer(cast)
    cast.seller.memberships.all().delete()
    owner, finance = cast.actor("owner"), cast.actor("finance_person")
    form = submit_tax_form(
        partner_id=partner.pk, entry=TaxFormEntry("vat", number="FI20774740", country="FI"), actor=owner, now=NOW
    )
    account = MethodEntry(kind="sepa", holder="Newcomer", account=IBAN_FI)
    method = submit_payout_method(partner_id=partner.pk, entry=account, actor=owner, now=NOW)
    assert done(partner) == []
    verify_tax_form(form_id=form.pk, actor=finance, now=NOW)
    assert done(partner) == ["tax_form"]
    verify_payout_method(method_id=method.pk, actor=finance, now=NOW)
    assert done(partner) == ["tax_form", "payout_method"]
    invited = invite_person(partner_id=partner.pk, email="new@newcomer.example", role="seller", actor=owner, now=NOW)
    accept_invitation(
        token=link_for(invited).split("/join/")[1].strip("/"), now=NOW, name="New", password="green7bikes"
    )
    assert done(partner) == ["tax_form", "payout_method", "people"]
    passed = {"person_email": "new@newcomer.example", "certification": "Associate", "from": TODAY}
    record_certification(values=passed, actor=cast.actor("manager"), now=NOW)
    assert done(partner) == ["tax_form", "payout_method", "people", "training"]


def test_what_was_done_stays_done(cast: Cast) -> None:
    partner = newcomer(cast)
    refresh_onboarding(partner_id=partner.pk, now=NOW)
    cast.seller.memberships.update(is_active=False)
    refresh_onboarding(partner_id=partner.pk, now=NOW + DAY)
    assert done(partner) == ["people"]


def test_who_marks_which_step(cast: Cast) -> None:
    partner = newcomer(cast)
    begun = Onboarding.objects.get(partner=partner)
    own = OnboardingStep.objects.create(onboarding=begun, title="Read the guide", due_on=TODAY)
    ours = OnboardingStep.objects.create(onboarding=begun, title="Call them", due_on=TODAY, side="vendor")
    by_fact = begun.steps.get(fact="profile")
    with pytest.raises(NotAllowedError):
        complete_step(step_id=own.pk, actor=cast.actor("seller"), now=NOW)
    with pytest.raises(NotAllowedError):
        complete_step(step_id=own.pk, actor=cast.actor("rival_owner"), now=NOW)
    with pytest.raises(NotAllowedError):
        complete_step(step_id=ours.pk, actor=cast.actor("owner"), now=NOW)
    with pytest.raises(NotAllowedError):
        complete_step(step_id=ours.pk, actor=cast.actor("viewer"), now=NOW)
    with pytest.raises(DomainError) as itself:
        complete_step(step_id=by_fact.pk, actor=cast.actor("manager"), now=NOW)
    assert itself.value.code == "by_fact"
    complete_step(step_id=own.pk, actor=cast.actor("owner"), now=NOW)
    complete_step(step_id=ours.pk, actor=cast.actor("manager"), now=NOW)
    own.refresh_from_db()
    assert (own.done_on, own.done_by) == (TODAY, "Sanna Rinne")


def test_owners_are_reminded_once_a_week_of_what_is_overdue(cast: Cast) -> None:
    newcomer(cast)
    sent = OutboxMessage.objects.filter(topic="mail")
    sweep_onboardings(now=NOW + 7 * DAY)
    assert sent.all().count() == 0
    sweep_onboardings(now=NOW + 8 * DAY)
    sweep_onboardings(now=NOW + 14 * DAY)
    assert [row.payload["to"] for row in sent] == ["sanna@northwind.example"]
    assert "- Sign the agreement" in sent.get().payload["text"]
    sweep_onboardings(now=NOW + 15 * DAY)
    assert sent.all().count() == 2


def test_stalled_ones_stand_first_for_the_channel_manager(cast: Cast) -> None:
    newcomer(cast)
    actor = cast.actor("manager")
    [row] = open_onboardings(actor=actor, on=TODAY + 13 * DAY)
    assert (row.stalled, row.done, row.required) == (False, 0, 5)
    assert row.next_step is not None
    assert row.next_step.fact == "agreement"
    assert [p.partner.code for p in open_onboardings(actor=actor, on=TODAY + 14 * DAY, which="stalled")] == ["newcomer"]
    assert open_onboardings(actor=actor, on=TODAY, manager="piotr@vendor.example") == []
    assert progress_of(actor=cast.actor("rival_owner"), partner_id=row.partner.pk, on=TODAY) is None
    page = text(cast.signed_in("manager").get("/manage/partners/onboarding/?manager=mine"))
    assert "1 partner is being onboarded; 0 are stalled." in page


# Agreements


def test_an_acceptance_keeps_text_person_time_and_place_and_signs(cast: Cast) -> None:
    first = publish(cast)
    assert first.sha256 == hash_of("Terms 1\n\nOf trade.")
    owner = cast.actor("owner")
    place = Origin("192.0.2.7", "Browser")
    accept_agreement(text_id=first.pk, sha256=first.sha256, actor=owner, origin=place, now=NOW)
    accept_agreement(text_id=first.pk, sha256=first.sha256, actor=owner, origin=Origin(), now=NOW + DAY)
    row = AgreementAcceptance.objects.get()
    assert (row.name, row.at, row.address, row.user_agent, row.sha256) == (
        "Sanna Rinne",
        NOW,
        "192.0.2.7",
        "Browser",
        first.sha256,
    )
    second = publish(cast, "2", now=NOW + DAY)
    assert texts_to_accept(partner_id=cast.partner.pk) == [second]
    with pytest.raises(StaleError):
        accept_agreement(text_id=first.pk, sha256=first.sha256, actor=owner, origin=place, now=NOW + DAY)
    with pytest.raises(StaleError):
        accept_agreement(text_id=second.pk, sha256=first.sha256, actor=owner, origin=place, now=NOW + DAY)
    accept_agreement(text_id=second.pk, sha256=second.sha256, actor=owner, origin=place, now=NOW + 2 * DAY)
    signed = SignedAgreement.objects.filter(partner=cast.partner).order_by("valid_from")
    assert list(signed.values_list("text_version", "signed_by", "valid_from", "valid_until")) == [
        ("1", "Sanna Rinne", TODAY, TODAY + 2 * DAY),
        ("2", "Sanna Rinne", TODAY + 2 * DAY, None),
    ]
    assert texts_to_accept(partner_id=cast.partner.pk) == []


def test_only_owners_accept_and_only_administrators_publish(cast: Cast) -> None:
    made = publish(cast)
    for person in ("seller", "finance", "marketing", "manager", "admin", "stranger"):
        with pytest.raises(NotAllowedError):
            accept_agreement(text_id=made.pk, sha256=made.sha256, actor=cast.actor(person), origin=Origin(), now=NOW)
    with pytest.raises(NotAllowedError):
        publish_text(agreement="x", version="1", text="x", accept_by=None, actor=cast.actor("manager"), now=NOW)


def test_texts_and_acceptances_are_kept_by_the_database(cast: Cast) -> None:
    made = publish(cast)
    accept_agreement(text_id=made.pk, sha256=made.sha256, actor=cast.actor("owner"), origin=Origin(), now=NOW)
    for change in (
        lambda: AgreementText.objects.update(text="Other"),
        lambda: AgreementAcceptance.objects.update(name="Somebody"),
        lambda: AgreementAcceptance.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    AgreementText.objects.update(accept_by=TODAY)
    assert AgreementAcceptance.objects.get().name == "Sanna Rinne"


def test_owners_are_asked_before_home_and_may_wait_until_the_day(cast: Cast) -> None:
    made = publish(cast, accept_by=date(2099, 1, 1))
    owner = cast.signed_in("owner")
    assert owner.get("/portal/").url == "/portal/agreement/"  # type: ignore[attr-defined]
    assert cast.signed_in("seller").get("/portal/").status_code == 200
    assert cast.signed_in("seller").get("/portal/agreement/").status_code == 403
    page = owner.get("/portal/agreement/")
    assert "Terms 1" in text(page)
    untouched = owner.post("/portal/agreement/", {"text": made.public_id, "sha256": made.sha256})
    assert (untouched.status_code, "Tick that you agree." in text(untouched)) == (422, True)
    assert owner.post("/portal/agreement/", {"text": made.public_id, "act": "later"}).status_code == 302
    assert owner.get("/portal/").status_code == 200
    AgreementText.objects.update(accept_by=date(2020, 1, 1))
    assert owner.get("/portal/").status_code == 302
    assert owner.post("/portal/agreement/", {"text": made.public_id, "act": "later"}).status_code == 422
    accept = {"text": made.public_id, "sha256": made.sha256, "agree": "on"}
    client = Client(HTTP_USER_AGENT="Browser 1")
    client.force_login(cast.owner)
    assert client.post("/portal/agreement/", accept).status_code == 302
    assert AgreementAcceptance.objects.get().user_agent == "Browser 1"
    assert owner.get("/portal/").status_code == 200


def test_the_partners_page_says_what_is_done_what_is_next_and_who_helps(cast: Cast) -> None:
    partner = newcomer(cast)
    refresh_onboarding(partner_id=partner.pk, now=NOW)
    step = OnboardingStep.objects.create(
        onboarding=partner.onboarding, title="Read the guide", due_on=TODAY + DAY, position=9
    )
    owner = cast.signed_in("owner")
    page = text(owner.get("/portal/onboarding/"))
    assert "0 of 6 required steps are done" in page
    assert "What is next Read the guide" in page.replace("nextRead", "next Read")
    assert "Anna Kowal" in page
    assert cast.signed_in("rival_owner").get("/portal/onboarding/").status_code == 404
    path = f"/portal/onboarding/{step.public_id}/done/"
    assert cast.signed_in("rival_owner").post(path).status_code == 404
    assert cast.signed_in("seller").post(path).status_code == 403
    assert owner.post(path).status_code == 302
    step.refresh_from_db()
    assert step.done_by == "Sanna Rinne"
    console = text(cast.signed_in("manager").get("/manage/partners/newcomer/"))
    assert "Read the guide" in console


# The timeline


def test_a_setting_overrides_which_kinds_count() -> None:
    assert {"registration_approved", "deal_won", "lead_accepted", "stage_moved_forward"} <= set(qualifying_kinds())
    assert {"certification_passed", "mdf_claim_filed", "review_held"} <= set(qualifying_kinds())
    assert not {"signed_in", "registration_submitted"} & set(qualifying_kinds())
    PartnerSettings.objects.create(pk=1, qualifying_kinds=["deal_won", "signed_in"])
    assert qualifying_kinds() == ["deal_won", "signed_in"]


def test_the_timeline_by_kind_in_pages_and_as_a_file(cast: Cast) -> None:
    record_activity(partner_id=cast.partner.pk, kind="deal_won", at=NOW, object_name="=Acme", user_id=cast.seller.pk)
    record_activity(partner_id=cast.partner.pk, kind="signed_in", at=NOW + DAY)
    record_activity(partner_id=cast.partner.pk, kind="tax_form_requested", at=NOW + DAY, object_name="W-9")
    record_activity(partner_id=cast.rival.pk, kind="deal_won", at=NOW, object_name="Rival's customer")
    seller, manager = cast.signed_in("seller"), cast.signed_in("manager")
    page = text(seller.get("/portal/activity/"))
    assert "=Acme" in page
    assert "Rival" not in page
    assert "W-9" not in page  # money: a seller does not see it
    assert "W-9" in text(cast.signed_in("owner").get("/portal/activity/"))
    assert "=Acme" not in text(seller.get("/portal/activity/?kind=signed_in"))
    rows = manager.get("/manage/partners/northwind/activity/activity.csv?kind=deal_won").content.decode().splitlines()
    assert rows == ["at,kind,object,person,qualifying", "2026-11-25T10:00:00Z,deal_won,'=Acme,Jere Salmi,true"]
    assert "Acme" in text(manager.get("/manage/partners/northwind/activity/"))
    assert manager.get("/manage/partners/nobody/activity/").status_code == 404


def test_a_business_review_is_recorded_and_counts(cast: Cast) -> None:
    path = "/manage/partners/northwind/activity/"
    manager = cast.signed_in("manager")
    page = manager.post(f"{path}review/", {"summary": " Two  joint webinars "}, follow=True)
    assert "The business review is recorded." in text(page)
    row = Activity.objects.get(partner=cast.partner)
    assert (row.kind, row.object, row.user) == ("review_held", "Two joint webinars", cast.manager)
    assert "A business review was held: Two joint webinars" in text(cast.signed_in("seller").get("/portal/activity/"))
    for summary, sentence in (("", "Say what was agreed."), ("x" * 201, "Say it in at most 200 characters.")):
        assert sentence in text(manager.post(f"{path}review/", {"summary": summary}, follow=True))
    assert cast.signed_in("viewer").post(f"{path}review/", {"summary": "x"}).status_code == 403
    assert Activity.objects.filter(partner=cast.partner).count() == 1


def test_who_is_switched_off_is_not_written_to_and_counts_for_no_step(cast: Cast) -> None:
    partner = newcomer(cast)
    Certification.objects.create(user=cast.seller, certification="Pro", valid_from=TODAY)
    assert (with_people([partner.pk], TODAY), with_training([partner.pk], TODAY)) == ({partner.pk}, {partner.pk})
    User.objects.filter(pk__in=[cast.owner.pk, cast.seller.pk]).update(is_active=False)
    assert (with_people([partner.pk], TODAY), with_training([partner.pk], TODAY)) == (set(), set())
    sweep_onboardings(now=NOW + 9 * DAY)
    assert not OutboxMessage.objects.filter(topic="mail").exists()


def test_a_partner_that_a_file_made_active_is_not_onboarded_any_more(cast: Cast) -> None:
    partner = newcomer(cast)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL partners.any_step = 'on'")
    Partner.objects.filter(pk=partner.pk).update(status="active", activated_on=TODAY)
    assert open_onboardings(actor=cast.actor("manager"), on=TODAY) == []
    sweep_onboardings(now=NOW + 9 * DAY)
    assert not OutboxMessage.objects.filter(topic="mail").exists()


def test_after_its_day_an_agreement_stands_before_every_page_of_an_owner(cast: Cast) -> None:
    made = publish(cast, accept_by=timezone.now().date())
    make_membership(cast.owner, cast.former)
    owner = cast.signed_in("owner")
    for page in ("/portal/", "/portal/deals/", "/portal/people/", "/portal/company/"):
        assert owner.get(page).url == "/portal/agreement/"  # type: ignore[attr-defined]
    assert owner.get("/portal/deals/", headers={"HX-Request": "true"})["HX-Redirect"] == "/portal/agreement/"
    assert cast.signed_in("seller").get("/portal/deals/").status_code == 200
    assert cast.signed_in("rival_owner").get("/portal/deals/").status_code == 302
    other = Membership.objects.get(user=cast.owner, partner=cast.former)
    assert owner.post("/portal/switch/", {"membership": other.pk}).status_code == 302
    assert owner.get("/portal/deals/").status_code == 403  # ended: its statements are open, agreement or not
    back = Membership.objects.get(user=cast.owner, partner=cast.partner)
    assert owner.post("/portal/switch/", {"membership": back.pk}).status_code == 302
    AgreementText.objects.update(accept_by=timezone.now().date() + 2 * DAY)
    assert owner.get("/portal/deals/").status_code == 200
    AgreementText.objects.update(accept_by=timezone.now().date())
    owner.post("/portal/agreement/", {"text": made.public_id, "sha256": made.sha256, "agree": "on"})
    assert owner.get("/portal/deals/").status_code == 200


def test_what_each_fact_asks_for(cast: Cast) -> None:
    ids = [cast.partner.pk, cast.rival.pk]
    both = set(ids)
    for found in (with_tax_form, with_payout_method, with_training):
        assert found(ids, TODAY) == set()
    make_tax_form(cast.partner, verified=False)
    make_tax_form(cast.rival, kind="w8ben", expires_on=TODAY)
    assert (with_tax_form(ids, TODAY), with_tax_form(ids, TODAY + DAY)) == ({cast.rival.pk}, set())
    make_method(cast.partner, verified=False)
    make_method(cast.rival, valid_until=TODAY + DAY)
    assert (with_payout_method(ids, TODAY), with_payout_method(ids, TODAY + DAY)) == ({cast.rival.pk}, set())
    Certification.objects.create(user=cast.seller, certification="Pro", valid_from=TODAY, valid_until=TODAY + DAY)
    assert (with_training(ids, TODAY), with_training(ids, TODAY + DAY)) == ({cast.partner.pk}, set())
    assert with_profile(ids, TODAY) == both
    Partner.objects.filter(pk=cast.partner.pk).update(website="")
    Partner.objects.filter(pk=cast.rival.pk).update(country="")
    assert with_profile(ids, TODAY) == set()
    assert with_people(ids, TODAY) == both
    Membership.objects.filter(user=cast.rival_seller).update(is_active=False)
    Membership.objects.filter(partner=cast.partner).exclude(user=cast.seller).update(is_active=False)
    assert with_people(ids, TODAY) == set()  # one is not enough
    Membership.objects.filter(user=cast.seller).update(is_active=False)
    assert with_training(ids, TODAY) == set()


def test_the_next_step_is_a_required_one_and_lists_are_ones_own(cast: Cast) -> None:
    partner = newcomer(cast)
    optional = OnboardingStep.objects.filter(onboarding__partner=partner, required=False)
    assert optional.update(due_on=TODAY) > 0
    found = progress_of(actor=cast.actor("owner"), partner_id=partner.pk, on=TODAY)
    assert found is not None
    assert found.next_step is not None
    assert found.next_step.required
    assert len(open_onboardings(actor=cast.actor("owner"), on=TODAY)) == 1
    assert open_onboardings(actor=cast.actor("rival_owner"), on=TODAY) == []
    own = OnboardingStep.objects.filter(onboarding__partner=partner, side="partner")
    assert set(own.values_list("assignee_email", flat=True)) == {""}
    Onboarding.objects.update(ended_on=TODAY)
    over = progress_of(actor=cast.actor("owner"), partner_id=partner.pk, on=TODAY + 30 * DAY)
    assert over is not None
    assert not over.stalled


def test_a_step_that_is_done_keeps_its_day_and_its_name(cast: Cast) -> None:
    partner = newcomer(cast)
    step = OnboardingStep.objects.create(onboarding=Onboarding.objects.get(), title="Call us", due_on=TODAY)
    complete_step(step_id=step.pk, actor=cast.actor("owner"), now=NOW)
    complete_step(step_id=step.pk, actor=cast.actor("manager"), now=NOW + DAY)
    step.refresh_from_db()
    assert (step.done_on, step.done_by) == (TODAY, "Sanna Rinne")
    refresh_onboarding(partner_id=partner.pk, now=NOW)
    refresh_onboarding(partner_id=partner.pk, now=NOW + 5 * DAY)
    assert OnboardingStep.objects.get(onboarding__partner=partner, fact="people").done_on == TODAY


def test_who_is_not_being_onboarded_is_not_made_active(cast: Cast) -> None:
    partner = newcomer(cast)
    OnboardingStep.objects.update(done_on=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL partners.any_step = 'on'")
    Partner.objects.filter(pk=partner.pk).update(status="suspended")
    assert not refresh_onboarding(partner_id=partner.pk, now=NOW)
    partner.refresh_from_db()
    assert (partner.status, partner.activated_on) == ("suspended", None)


def test_the_stored_text_is_the_published_one_or_nobody_accepts_it(cast: Cast) -> None:
    forged = AgreementText.objects.create(
        agreement="Partner agreement", version="1", text="Terms", sha256="0" * 64, published_at=NOW
    )
    with pytest.raises(DomainError) as refused:
        accept_agreement(text_id=forged.pk, sha256=forged.sha256, actor=cast.actor("owner"), origin=Origin(), now=NOW)
    assert refused.value.code == "text_changed"
    assert not AgreementAcceptance.objects.exists()


def test_an_acceptance_counts_from_the_programs_day_and_ends_what_would_run_on(cast: Cast) -> None:
    Program.objects.update(timezone="Pacific/Kiritimati")
    made, late = publish(cast), NOW.replace(hour=20)
    old = SignedAgreement.objects.create(
        partner=cast.partner, agreement="Partner agreement", valid_from=date(2025, 1, 1), valid_until=date(2027, 1, 1)
    )
    accept_agreement(text_id=made.pk, sha256=made.sha256, actor=cast.actor("owner"), origin=Origin(), now=late)
    old.refresh_from_db()
    assert old.valid_until == TODAY + DAY
    assert SignedAgreement.objects.get(text_version="1").valid_from == TODAY + DAY


def test_all_texts_in_force_are_to_be_accepted(cast: Cast) -> None:
    ids = [cast.partner.pk, cast.rival.pk]
    SignedAgreement.objects.create(partner=cast.rival, agreement="Old", valid_from=date(2025, 1, 1))
    assert all_accepted(ids, TODAY) == {cast.rival.pk}  # as long as there is no text
    first = publish(cast)
    second = publish_text(
        agreement="Data protection", version="1", text="D", accept_by=None, actor=cast.actor("admin"), now=NOW
    )
    owner = cast.actor("owner")
    accept_agreement(text_id=first.pk, sha256=first.sha256, actor=owner, origin=Origin(), now=NOW)
    assert all_accepted(ids, TODAY) == set()
    accept_agreement(text_id=second.pk, sha256=second.sha256, actor=owner, origin=Origin(), now=NOW)
    assert all_accepted(ids, TODAY) == {cast.partner.pk}
    assert acceptances_of(actor=cast.actor("rival_owner"), partner_id=cast.partner.pk) == []


def test_on_the_day_itself_it_is_put_off_no_more(cast: Cast) -> None:
    made = publish(cast, accept_by=timezone.now().date())
    owner = cast.signed_in("owner")
    assert owner.post("/portal/agreement/", {"text": made.public_id, "act": "later"}).status_code == 422


def test_the_statements_of_an_ended_partnership_ask_for_no_agreement(cast: Cast) -> None:
    publish(cast, accept_by=timezone.now().date())
    assert cast.signed_in("former_owner").get("/portal/statements/").status_code == 200


@pytest.mark.parametrize("sql", ["DELETE FROM partners_agreementtext", "TRUNCATE partners_agreementacceptance"])
def test_texts_and_acceptances_are_never_taken_away(cast: Cast, sql: str) -> None:
    publish(cast)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("who", ["owner", "viewer", "finance_person"])
def test_only_managers_say_that_a_review_was_held(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowedError):
        record_review(partner=cast.partner, summary="We met", actor=cast.actor(who), now=NOW)
    assert not Activity.objects.exists()


def test_a_long_name_is_cut_and_a_timeline_is_ones_own(cast: Cast) -> None:
    record_activity(partner_id=cast.partner.pk, kind="deal_won", at=NOW, object_name="x" * 300)
    [row] = timeline(actor=cast.actor("owner"), partner_id=cast.partner.pk)
    assert row.object == "x" * 200
    assert not timeline(actor=cast.actor("rival_owner"), partner_id=cast.partner.pk)
