"""``/admin/``: who comes in, every page opens, and what the database refuses is said in words."""

from __future__ import annotations

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from partners.models import Partner, StatusPeriod, TierAssignment
from prm import errors
from prm.models import AuditEvent, Program, User
from tests.cast import Cast, assemble
from tests.factories.partners import PASSWORD, make_tier

pytestmark = pytest.mark.django_db

OUTSIDERS = ("manager", "finance_person", "viewer", "owner", "rival_owner", "stranger")
REGISTERED = sorted(model._meta.label_lower for model in admin.site._registry)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def ada(cast: Cast) -> Client:
    return cast.signed_in("admin")


def address(label: str, page: str, *args: object) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


@pytest.mark.parametrize("name", OUTSIDERS)
def test_nobody_but_administrators_comes_in(cast: Cast, name: str) -> None:
    answer = cast.signed_in(name).get("/admin/", follow=True)

    assert answer.status_code == 403
    assert "The configuration is for administrators of the program." in answer.content.decode()


def test_the_mark_without_the_role_is_not_enough(cast: Cast) -> None:
    User.objects.filter(pk=cast.manager.pk).update(is_staff=True)

    assert cast.signed_in("manager").get("/admin/", follow=True).status_code == 403


def test_nobody_signed_in_signs_in_by_the_page_of_everybody() -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"


@pytest.mark.parametrize("label", REGISTERED)
def test_every_list_and_form_opens(ada: Client, label: str) -> None:
    model = apps.get_model(label)
    page = admin.site._registry[model]
    assert ada.get(address(label, "changelist")).status_code == 200
    may_add = type(page).has_add_permission(page, ada.get("/admin/").wsgi_request)
    assert ada.get(address(label, "add")).status_code == (200 if may_add else 403)
    row = model._default_manager.first()
    if row is not None:
        assert ada.get(address(label, "change", row.pk)).status_code == 200


def test_entries_and_change_tracking_are_not_for_the_admin() -> None:
    assert not {"commissions.entry", "commissions.changedfact", "auth.group"} & set(REGISTERED)


def test_a_constraint_becomes_an_error_on_the_form(ada: Client, cast: Cast) -> None:
    answer = ada.post(
        address("partners.tierassignment", "add"),
        {"partner": cast.partner.pk, "tier": make_tier().pk, "valid_from": "2026-01-01", "valid_until": ""},
    )

    assert answer.status_code == 200
    assert "The partner holds another tier on some of these days." in answer.content.decode()
    assert TierAssignment.objects.filter(partner=cast.partner).count() == 1


def test_a_trigger_becomes_an_error_on_the_form(ada: Client, cast: Cast) -> None:
    url = address("partners.parentassignment", "add")
    dates = {"valid_from": "2026-01-01", "valid_until": ""}
    assert ada.post(url, {"partner": cast.partner.pk, "parent": cast.rival.pk, **dates}).status_code == 302

    answer = ada.post(url, {"partner": cast.rival.pk, "parent": cast.partner.pk, **dates})

    assert answer.status_code == 200
    assert "The partner would be above itself" in answer.content.decode()


def test_a_change_leaves_an_audit_event(ada: Client, cast: Cast) -> None:
    program = Program.current()
    fields = {
        "name": "Halden Partners",
        "vendor_name": "Halden Cloud",
        "base_currency": "EUR",
        "timezone": "Europe/Helsinki",
        "first_period": "",
        "minimum_expected_mrr": "",
        "decision_sla_business_days": "2",
        "checks_per_day": "30",
        "dispute_sla_business_days": "10",
        "dispute_cutoff_days": "60",
        "calculation_day": "2",
        "survey_month": "5",
        "tier_review_month": "1",
        "gross_margin": "",
        "accent_color": "",
    }
    answer = ada.post(address("prm.program", "change", program.pk), fields)

    assert answer.status_code == 302
    assert (Program.current().name, Program.current().four_eyes) == ("Halden Partners", False)
    event = AuditEvent.objects.get(action="admin_changed")
    assert (event.user_id, event.channel, event.object_type, event.object_id) == (
        cast.admin.pk,
        "admin",
        "prm.program",
        1,
    )


def test_a_person_made_here_signs_in(ada: Client) -> None:
    answer = ada.post(
        address("prm.user", "add"),
        {
            "email": "New.Person@Vendor.example",
            "name": "New Person",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "roles": ["finance", "viewer"],
        },
    )

    assert answer.status_code == 302
    person = User.objects.get(email="new.person@vendor.example")
    assert (person.roles, person.is_staff, person.is_superuser) == (["finance", "viewer"], False, False)
    signed_in = Client().post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert signed_in.status_code == 302


def test_a_password_is_set_here(ada: Client, cast: Cast) -> None:
    url = reverse("admin:auth_user_password_change", args=[cast.stranger.pk])

    assert ada.get(url).status_code == 200
    assert ada.post(url, {"password1": "another long word", "password2": "another long word"}).status_code == 302
    cast.stranger.refresh_from_db()
    assert cast.stranger.check_password("another long word")


def test_a_partner_made_here_begins_its_history(ada: Client) -> None:
    answer = ada.post(
        address("partners.partner", "add"),
        {
            "code": "tailspin",
            "name": "Tailspin",
            "type": "reseller",
            "status": "active",
            "activated_on": "2026-11-01",
            "territories-TOTAL_FORMS": "1",
            "territories-INITIAL_FORMS": "0",
            "territories-0-country": "DE",
            "territories-0-segment": "",
            "status_periods-TOTAL_FORMS": "0",
            "status_periods-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 302
    partner = Partner.objects.get(code="tailspin")
    assert [territory.country for territory in partner.territories.all()] == ["DE"]
    assert [(p.status, p.valid_from, p.valid_until) for p in StatusPeriod.objects.filter(partner=partner)] == [
        ("active", date(2026, 11, 1), None)
    ]


def test_the_status_of_a_partner_is_not_changed_here(ada: Client, cast: Cast) -> None:
    page = ada.get(address("partners.partner", "change", cast.partner.pk)).content.decode()

    assert 'name="name"' in page
    assert 'name="status"' not in page
    assert 'name="code"' not in page


def test_facts_are_not_deleted_and_what_is_in_use_stays(ada: Client, cast: Cast) -> None:
    assert ada.post(address("partners.partner", "delete", cast.partner.pk), {"post": "yes"}).status_code == 403
    answer = ada.post(address("partners.tier", "delete", cast.tier.pk), {"post": "yes"})

    assert answer.status_code == 200
    cast.tier.refresh_from_db()


@pytest.mark.parametrize("app", ["prm", "partners", "commissions"])
def test_every_constraint_has_its_sentence(app: str) -> None:
    constraints = [
        constraint.name for model in apps.get_app_config(app).get_models() for constraint in model._meta.constraints
    ]
    assert isinstance(constraints, list)
    assert [name for name in constraints if name not in errors._SENTENCES] == []


def test_no_page_here_changes_anything_by_get() -> None:
    assert all(
        not getattr(page, attribute)
        for page in admin.site._registry.values()
        for attribute in ("actions_list", "actions_row", "actions_detail", "actions_submit_line", "actions")
    )
    assert models.Model not in admin.site._registry
