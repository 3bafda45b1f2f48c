"""People of a partner: invited, joined, given roles, gone at once; and the program's own people."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from partners.models import Activity, Invitation, Membership, MembershipRole
from partners.services.people import change_role, deactivate_person, reactivate_person
from partners.services.people_internal import change_roles, switch_account_off, switch_account_on
from partners.services.people_invitations import (
    InvitationOverError,
    accept_invitation,
    invite_colleague,
    invite_person,
    link_for,
    open_invitation,
    resend_invitation,
    revoke_invitation,
)
from prm.actors import Actor, ActorKind, Channel
from prm.errors import DomainError, NotAllowedError
from prm.mail import html_of
from prm.models import AuditEvent, OutboxMessage, User
from tests.cast import Cast, assemble
from tests.factories.partners import PASSWORD, make_membership, make_partner, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GOOD = "seven green bicycles"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def seat(cast: Cast, name: str) -> Membership:
    return Membership.objects.get(user=getattr(cast, name))


def invited(cast: Cast, email: str = "Liisa@Northwind.example", role: str = "seller", by: str = "owner") -> Invitation:
    return invite_person(
        partner_id=cast.partner.pk, email=email, role=role, name="Liisa Aalto", actor=cast.actor(by), now=NOW
    )


def token_of(row: Invitation) -> str:
    return link_for(row).rstrip("/").rsplit("/", maxsplit=1)[1]


def test_an_owner_invites_and_the_mail_holds_the_link(cast: Cast) -> None:
    row = invited(cast)

    assert (row.email, row.role, row.invited_label) == ("liisa@northwind.example", "seller", "Sanna Rinne")
    assert row.expires_at == NOW + timedelta(days=14)
    mail = OutboxMessage.objects.get(topic="mail")
    assert mail.payload == {
        "to": "liisa@northwind.example",
        "subject": "You are invited to Partner program",
        "text": (
            "Sanna Rinne invites you to Partner program for Northwind IT, as seller.\n\n"
            f"Join here: {link_for(row)}\n\n"
            "The link is yours alone, works once and ends on 6 December 2026. "
            "Whoever did not expect it need do nothing.\n"
        ),
    }
    assert [(a.kind, a.object) for a in Activity.objects.all()] == [("person_invited", "Liisa Aalto: Seller")]
    assert AuditEvent.objects.get().action == "people.invited"


@pytest.mark.parametrize("name", ["seller", "finance", "marketing", "rival_owner", "finance_person", "viewer"])
def test_nobody_else_invites(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowedError):
        invited(cast, by=name)
    with pytest.raises(NotAllowedError):
        change_role(membership_id=seat(cast, "seller").pk, role="owner", actor=cast.actor(name), now=NOW)
    with pytest.raises(NotAllowedError):
        deactivate_person(membership_id=seat(cast, "seller").pk, actor=cast.actor(name), now=NOW)


@pytest.mark.parametrize("name", ["manager", "admin"])
def test_channel_managers_and_administrators_invite_too(cast: Cast, name: str) -> None:
    assert invited(cast, by=name).partner == cast.partner


@pytest.mark.parametrize(
    ("email", "role", "code", "field"),
    [
        ("no-address", "seller", "invalid_email", "email"),
        ("liisa@northwind.example", "king", "unknown_role", "role"),
        ("jere@northwind.example", "owner", "already_member", "email"),
    ],
)
def test_wrong_invitations_say_why(cast: Cast, email: str, role: str, code: str, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        invited(cast, email, role)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Invitation.objects.exists()


def test_one_invitation_waits_and_a_new_one_renews_what_has_run_out(cast: Cast) -> None:
    row = invited(cast)
    with pytest.raises(DomainError) as refusal:
        invited(cast)
    assert refusal.value.code == "invitation_one_open"

    again = invite_person(
        partner_id=cast.partner.pk, email=row.email, role="finance", actor=cast.actor("owner"), now=NOW + timedelta(15)
    )

    assert (again.pk, again.role, again.sent_count) == (row.pk, "finance", 2)


def test_nobody_joins_a_partner_that_has_ended(cast: Cast) -> None:
    row = invited(cast)
    Invitation.objects.filter(pk=row.pk).update(partner=cast.former)

    with pytest.raises(DomainError) as refusal:
        invite_person(
            partner_id=cast.former.pk, email="a@b.example", role="seller", actor=cast.actor("admin"), now=NOW
        )  # fmt: skip
    assert refusal.value.code == "partner_closed"
    with pytest.raises(InvitationOverError):
        open_invitation(token_of(row), now=NOW)


def test_a_new_person_joins_with_a_password(cast: Cast) -> None:
    row = invited(cast)

    user = accept_invitation(token=token_of(row), now=NOW, name="Liisa Aalto", password=GOOD)

    assert (user.email, user.name, user.check_password(GOOD)) == ("liisa@northwind.example", "Liisa Aalto", True)
    membership = Membership.objects.get(user=user)
    assert (membership.partner, membership.role, membership.is_active) == (cast.partner, "seller", True)
    row.refresh_from_db()
    assert (row.accepted_at, row.accepted_by) == (NOW, user)
    event = AuditEvent.objects.get(action="people.joined")
    assert (event.channel, event.user_id, event.data["invited_by"]) == ("mail", user.pk, "Sanna Rinne")


def test_a_link_works_once_until_its_end_and_only_the_latest(cast: Cast) -> None:
    row = invited(cast)
    first = token_of(row)
    assert open_invitation(first, now=NOW + timedelta(days=14, seconds=-1)) == row
    with pytest.raises(InvitationOverError):
        open_invitation(first, now=NOW + timedelta(days=14))

    latest = token_of(resend_invitation(invitation_id=row.pk, actor=cast.actor("owner"), now=NOW + timedelta(days=20)))
    for wrong in (first, latest + "x", "nonsense", signing.Signer(salt="else").sign_object([str(row.public_id), 2])):
        with pytest.raises(InvitationOverError):
            open_invitation(wrong, now=NOW + timedelta(days=20))
    accept_invitation(token=latest, now=NOW + timedelta(days=21), password=GOOD)
    with pytest.raises(InvitationOverError):
        accept_invitation(token=latest, now=NOW + timedelta(days=21), password=GOOD)
    with pytest.raises(DomainError, match="accepted or taken back already"):
        resend_invitation(invitation_id=row.pk, actor=cast.actor("owner"), now=NOW)


def test_an_invitation_that_was_taken_back_opens_nothing(cast: Cast) -> None:
    row = invited(cast)
    with pytest.raises(NotAllowedError):
        revoke_invitation(invitation_id=row.pk, actor=cast.actor("rival_owner"), now=NOW)
    revoke_invitation(invitation_id=row.pk, actor=cast.actor("owner"), now=NOW)

    with pytest.raises(InvitationOverError):
        open_invitation(token_of(row), now=NOW)
    assert invited(cast).pk != row.pk


def test_a_weak_password_is_refused_and_leaves_no_account(cast: Cast) -> None:
    row = invited(cast)

    with pytest.raises(DomainError) as refusal:
        accept_invitation(token=token_of(row), now=NOW, password="12345678")

    assert (refusal.value.code, refusal.value.field) == ("invalid_password", "password")
    assert not User.objects.filter(email=row.email).exists()


def test_who_has_an_account_joins_with_it_as_it_is(cast: Cast) -> None:
    row = invited(cast, cast.rival_seller.email, "finance")

    user = accept_invitation(token=token_of(row), now=NOW, name="Evil", password=GOOD)

    user.refresh_from_db()
    assert (user, user.name, user.check_password(PASSWORD)) == (cast.rival_seller, "Tomasz Rey", True)
    assert sorted(user.memberships.values_list("partner__code", "role")) == [
        ("contoso", "seller"),
        ("northwind", "finance"),
    ]


def test_who_left_comes_back_by_an_invitation_with_its_role(cast: Cast) -> None:
    deactivate_person(membership_id=seat(cast, "seller").pk, actor=cast.actor("owner"), now=NOW)
    row = invited(cast, cast.seller.email, "marketing")

    accept_invitation(token=token_of(row), now=NOW)

    assert (seat(cast, "seller").role, seat(cast, "seller").is_active) == ("marketing", True)


def test_a_link_that_still_waits_gives_nothing_back_to_who_left_since(cast: Cast) -> None:
    """Invited by mail, let in by another way (single sign-on), and gone again: the mail is still in the box."""
    row = invited(cast, "gone@northwind.example")
    elsewhere = invite_person(
        partner_id=cast.rival.pk, email=row.email, role="seller", actor=cast.actor("rival_owner"), now=NOW
    )
    person = make_user(row.email)
    deactivate_person(membership_id=make_membership(person, cast.partner).pk, actor=cast.actor("owner"), now=NOW)
    with pytest.raises(InvitationOverError):
        accept_invitation(token=token_of(row), now=NOW)
    assert not Membership.objects.get(user=person).is_active
    assert open_invitation(token_of(elsewhere), now=NOW) == elsewhere  # another company's is not ours to end
    switch_account_off(user_id=person.pk, actor=cast.actor("admin"), now=NOW)
    switch_account_on(user_id=person.pk, actor=cast.actor("admin"), now=NOW)
    with pytest.raises(InvitationOverError):
        open_invitation(token_of(elsewhere), now=NOW)


def test_a_link_gives_no_internal_role_back_that_was_taken_since(cast: Cast) -> None:
    row = invite_colleague(
        email=cast.manager.email, roles=["channel_manager", "finance"], actor=cast.actor("admin"), now=NOW
    )
    change_roles(user_id=cast.manager.pk, roles=["channel_manager", "viewer"], actor=cast.actor("admin"), now=NOW)
    assert open_invitation(token_of(row), now=NOW) == row  # nothing was taken
    change_roles(user_id=cast.manager.pk, roles=["viewer"], actor=cast.actor("admin"), now=NOW)
    with pytest.raises(InvitationOverError):
        accept_invitation(token=token_of(row), now=NOW)
    cast.manager.refresh_from_db()
    assert cast.manager.roles == ["viewer"]


def test_an_account_that_is_off_cannot_join(cast: Cast) -> None:
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    row = invited(cast, cast.stranger.email)

    with pytest.raises(DomainError) as refusal:
        accept_invitation(token=token_of(row), now=NOW)
    assert refusal.value.code == "account_off"


def test_roles_change_and_are_told(cast: Cast) -> None:
    change_role(membership_id=seat(cast, "seller").pk, role="finance", actor=cast.actor("owner"), now=NOW)

    assert seat(cast, "seller").role == "finance"
    assert [(a.kind, a.object) for a in Activity.objects.all()] == [("person_role_changed", "Jere Salmi: Finance")]
    event = AuditEvent.objects.get()
    assert event.action == "people.person_role_changed"
    assert event.data == {
        "person": "jere@northwind.example", "partner_id": str(cast.partner.pk), "from": "seller", "to": "finance",
    }  # fmt: skip


def test_the_last_owner_stays(cast: Cast) -> None:
    acts: list[Callable[[], object]] = [
        lambda: change_role(membership_id=seat(cast, "owner").pk, role="seller", actor=cast.actor("admin"), now=NOW),
        lambda: deactivate_person(membership_id=seat(cast, "owner").pk, actor=cast.actor("owner"), now=NOW),
    ]
    for act in acts:
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == "last_owner"

    second = make_membership(make_user("second@northwind.example"), cast.partner, MembershipRole.OWNER)
    User.objects.filter(pk=second.user_id).update(is_active=False)
    with pytest.raises(DomainError):
        deactivate_person(membership_id=seat(cast, "owner").pk, actor=cast.actor("owner"), now=NOW)
    User.objects.filter(pk=second.user_id).update(is_active=True)
    deactivate_person(membership_id=seat(cast, "owner").pk, actor=cast.actor("owner"), now=NOW)
    assert seat(cast, "owner").is_active is False


def test_who_leaves_loses_access_at_once(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    assert seller.get("/portal/").status_code == 200

    deactivate_person(membership_id=seat(cast, "seller").pk, actor=cast.actor("owner"), now=NOW, reason="Gone")

    assert seller.get("/portal/").status_code == 302  # the session has ended
    assert "_auth_user_id" not in seller.session
    assert AuditEvent.objects.get().reason == "Gone"
    reactivate_person(membership_id=seat(cast, "seller").pk, actor=cast.actor("owner"), now=NOW)
    cast.seller.refresh_from_db()
    assert cast.signed_in("seller").get("/portal/").status_code == 200


def test_who_belongs_elsewhere_too_keeps_the_session_and_the_other_seat(cast: Cast) -> None:
    make_membership(cast.seller, cast.rival, MembershipRole.MARKETING)
    seller = cast.signed_in("seller")

    deactivate_person(membership_id=Membership.objects.get(user=cast.seller, partner=cast.partner).pk,
                      actor=cast.actor("owner"), now=NOW)  # fmt: skip

    page = seller.get("/portal/company/")
    assert (page.status_code, page.context["partner"].code) == (200, "contoso")


def test_an_account_is_switched_off_everywhere_even_of_the_last_owner(cast: Cast) -> None:
    owner = cast.signed_in("owner")
    system = Actor(
        kind=ActorKind.SYSTEM_KEY, channel=Channel.API, label="directory", scopes=frozenset(["people:write"])
    )

    switch_account_off(user_id=cast.owner.pk, actor=system, now=NOW)

    assert owner.get("/portal/").status_code == 302
    assert AuditEvent.objects.get().data == {"without_owner": ["northwind"]}
    assert [(a.partner_id, a.kind, a.object) for a in Activity.objects.all()] == [
        (cast.partner.pk, "person_left", "Sanna Rinne")
    ]
    with pytest.raises(NotAllowedError):
        switch_account_on(user_id=cast.owner.pk, actor=cast.actor("manager"), now=NOW)
    switch_account_on(user_id=cast.owner.pk, actor=cast.actor("admin"), now=NOW)
    cast.owner.refresh_from_db()
    assert cast.signed_in("owner").get("/portal/").status_code == 200


def test_internal_roles_add_up_and_the_last_administrator_stays(cast: Cast) -> None:
    change_roles(user_id=cast.manager.pk, roles=["finance", "channel_manager"], actor=cast.actor("admin"), now=NOW)
    cast.manager.refresh_from_db()
    assert (cast.manager.roles, cast.manager.is_staff) == (["channel_manager", "finance"], False)

    with pytest.raises(DomainError) as refusal:
        change_roles(user_id=cast.admin.pk, roles=["finance"], actor=cast.actor("admin"), now=NOW)
    assert refusal.value.code == "last_admin"
    with pytest.raises(DomainError):
        switch_account_off(user_id=cast.admin.pk, actor=cast.actor("admin"), now=NOW)
    with pytest.raises(NotAllowedError):
        change_roles(user_id=cast.manager.pk, roles=["admin"], actor=cast.actor("manager"), now=NOW)
    change_roles(user_id=cast.manager.pk, roles=["admin"], actor=cast.actor("admin"), now=NOW)
    change_roles(user_id=cast.admin.pk, roles=["viewer"], actor=cast.actor("admin"), now=NOW)
    cast.admin.refresh_from_db()
    assert (cast.admin.roles, cast.admin.is_staff) == (["viewer"], False)


def test_colleagues_are_invited_with_roles_by_administrators_alone(cast: Cast) -> None:
    with pytest.raises(NotAllowedError):
        invite_colleague(email="new@vendor.example", roles=["viewer"], actor=cast.actor("manager"), now=NOW)
    row = invite_colleague(email="new@vendor.example", roles=["finance", "admin"], actor=cast.actor("admin"), now=NOW)

    user = accept_invitation(token=token_of(row), now=NOW, name="Nina", password=GOOD)

    assert (user.roles, user.is_staff, user.memberships.count()) == (["admin", "finance"], True, 0)


# Pages


def test_the_owners_page_lists_people_and_invitations(cast: Cast) -> None:
    invited(cast)
    page = cast.signed_in("owner").get("/portal/people/")

    text = page.content.decode()
    assert page.context["state"] == "4 people have access."
    for words in ("Sanna Rinne", "jere@northwind.example", "liisa@northwind.example", "Marketing"):
        assert words in text
    assert "Contoso" not in text


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_asks_the_same_of_the_database_at_any_size(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_membership(make_user(), cast.partner, MembershipRole.SELLER)
        invited(cast, f"i{number}@northwind.example")
    owner = cast.signed_in("owner")
    owner.get("/portal/people/")

    with django_assert_num_queries(9):
        assert owner.get("/portal/people/").status_code == 200


def test_people_are_managed_on_pages(cast: Cast) -> None:
    owner = cast.signed_in("owner")
    owner.post("/portal/people/invite/", {"email": "liisa@northwind.example", "role": "marketing"})
    row = Invitation.objects.get()
    assert (row.role, owner.post("/portal/people/invite/", {"email": "x", "role": "seller"}).status_code) == (
        "marketing", 422,
    )  # fmt: skip
    owner.post(f"/portal/people/invitations/{row.public_id}/", {"act": "resend"})
    owner.post(f"/portal/people/invitations/{row.public_id}/", {"act": "revoke"})
    row.refresh_from_db()
    assert (row.sent_count, row.revoked_at is not None) == (2, True)

    address = f"/portal/people/{cast.seller.public_id}/"
    assert owner.get(address).status_code == 200
    owner.post(address, {"act": "role", "role": "finance"})
    owner.post(address, {"act": "leave", "reason": "Moved on"})
    assert (seat(cast, "seller").role, seat(cast, "seller").is_active) == ("finance", False)
    owner.post(address, {"act": "return"})
    assert seat(cast, "seller").is_active is True
    mine = owner.post(f"/portal/people/{cast.owner.public_id}/", {"act": "leave"})
    assert (mine.status_code, mine.context["problem"]) == (
        422, "A company keeps at least one owner: make somebody else one first.",
    )  # fmt: skip


def test_pages_of_people_are_for_owners_and_know_their_own_company_alone(cast: Cast) -> None:
    row = invited(cast)
    for name in ("seller", "finance", "marketing", "stranger", "viewer", "former_owner"):
        assert cast.signed_in(name).get("/portal/people/").status_code == 403
    rival = cast.signed_in("rival_owner")
    assert rival.get(f"/portal/people/{cast.seller.public_id}/").status_code == 404
    assert rival.post(f"/portal/people/invitations/{row.public_id}/", {"act": "revoke"}).status_code == 404
    for name in ("viewer", "finance_person"):
        assert cast.signed_in(name).get("/manage/partners/northwind/people/").status_code == 403


def test_the_console_manages_any_partners_people(cast: Cast) -> None:
    manager = cast.signed_in("manager")
    assert "Tomasz Rey" in manager.get("/manage/partners/contoso/people/").content.decode()
    manager.post("/manage/partners/contoso/people/invite/", {"email": "a@contoso.example", "role": "owner"})
    assert Invitation.objects.get().partner == cast.rival
    manager.post(f"/manage/partners/contoso/people/{cast.rival_seller.public_id}/", {"act": "role", "role": "owner"})
    assert seat(cast, "rival_seller").role == "owner"
    assert manager.get(f"/manage/partners/contoso/people/{cast.seller.public_id}/").status_code == 404


def test_the_console_manages_the_programs_own_people(cast: Cast) -> None:
    admin = cast.signed_in("admin")
    admin.post("/manage/people/invite/", {"email": "new@vendor.example", "roles": ["viewer", "finance"]})
    row = Invitation.objects.get()
    assert row.roles == ["finance", "viewer"]
    text = admin.get("/manage/people/").content.decode()
    assert "new@vendor.example" in text
    assert "Channel manager" in text
    admin.post(f"/manage/people/invitations/{row.public_id}/", {"act": "revoke"})
    address = f"/manage/people/{cast.viewer.public_id}/"
    assert admin.get(address).status_code == 200
    admin.post(address, {"act": "roles", "roles": ["viewer", "channel_manager"]})
    admin.post(address, {"act": "leave"})
    cast.viewer.refresh_from_db()
    assert (cast.viewer.roles, cast.viewer.is_active) == (["channel_manager", "viewer"], False)
    admin.post(address, {"act": "return"})
    cast.viewer.refresh_from_db()
    assert cast.viewer.is_active is True
    assert admin.get(f"/manage/people/{cast.owner.public_id}/").status_code == 404
    for name in ("manager", "finance_person", "viewer"):
        assert cast.signed_in(name).get("/manage/people/").status_code == 403


def test_a_new_person_joins_by_the_link_and_is_signed_in(cast: Cast) -> None:
    row = invite_person(
        partner_id=cast.partner.pk, email="l@northwind.example", role="seller", actor=cast.actor("owner"),
        now=datetime.now(UTC),
    )  # fmt: skip
    client, address = Client(), f"/join/{token_of(row)}/"
    assert "Join Northwind IT" in client.get(address).content.decode()
    assert Membership.objects.filter(user__email=row.email).count() == 0  # looking changes nothing
    assert client.post(address, {"name": "", "password": ""}).status_code == 422
    assert client.post(address, {"name": "Liisa", "password": "12345678"}).status_code == 422

    answer = client.post(address, {"name": "Liisa", "password": GOOD})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/portal/").status_code == 200
    assert client.get(address).status_code == 404
    assert Client().get("/join/nonsense/").status_code == 404


def test_existing_people_join_with_one_click_and_nobody_elses_session(cast: Cast) -> None:
    row = invite_person(
        partner_id=cast.partner.pk, email=cast.rival_seller.email, role="seller", actor=cast.actor("owner"),
        now=datetime.now(UTC),
    )  # fmt: skip
    address = f"/join/{token_of(row)}/"
    other = cast.signed_in("stranger")
    assert "signed in with another address" in other.post(address).content.decode()
    assert Invitation.objects.get().accepted_at is None

    client = Client()
    assert "stays as it is" in client.get(address).content.decode()
    client.post(address)

    assert Membership.objects.filter(user=cast.rival_seller, partner=cast.partner).exists()
    assert "_auth_user_id" not in client.session  # a link alone opens no existing account


def test_a_person_without_a_seat_left_reads_why(cast: Cast) -> None:
    partner = make_partner("solo")
    make_membership(cast.stranger, partner, MembershipRole.SELLER, is_active=False)
    assert cast.signed_in("stranger").get("/portal/").status_code == 403


def test_a_link_gives_no_role_at_the_partner_back_that_was_taken_since(cast: Cast) -> None:
    row = invited(cast, "owner2@northwind.example", role="owner")
    seat_now = make_membership(make_user(row.email), cast.partner, MembershipRole.OWNER)  # let in another way
    change_role(membership_id=seat_now.pk, role="seller", actor=cast.actor("owner"), now=NOW)
    with pytest.raises(InvitationOverError):
        accept_invitation(token=token_of(row), now=NOW)
    seat_now.refresh_from_db()
    assert seat_now.role == "seller"


def test_an_invitation_is_written_in_the_language_of_whom_it_is_for(cast: Cast) -> None:
    asked: dict[str, Any] = {"partner_id": cast.partner.pk, "role": "owner", "actor": cast.actor("owner"), "now": NOW}
    row = invite_person(email="liisa@northwind.example", language="pl", **asked)
    User.objects.filter(pk=cast.rival_owner.pk).update(language="fa")
    invite_person(email=cast.rival_owner.email, language="pl", **asked)
    invite_person(email="new@northwind.example", language="xx", **asked)
    invite_colleague(
        email="boss@vendor.example", roles=["channel_manager", "viewer"], language="zh-hans",
        actor=cast.actor("admin"), now=NOW,
    )  # fmt: skip
    resend_invitation(invitation_id=row.pk, actor=cast.actor("owner"), now=NOW)

    polish, persian, english, chinese, again = (
        message.payload for message in OutboxMessage.objects.filter(topic="mail").order_by("pk")
    )
    assert [mail.get("language") for mail in (polish, persian, english, chinese, again)] == [
        "pl", "fa", None, "zh-hans", "pl",
    ]  # fmt: skip
    assert "6 grudnia 2026" in polish["text"]
    assert "właściciel" in polish["text"]
    assert "12 月" in chinese["text"].replace("12月", "12 月")
    assert '<html lang="fa" dir="rtl">' in html_of(persian)
    user = accept_invitation(token=token_of(Invitation.objects.get(pk=row.pk)), now=NOW, password=GOOD)
    assert user.language == "pl"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_at_once_leave_one() -> None:
    cast = assemble()
    change_role(membership_id=seat(cast, "seller").pk, role="owner", actor=cast.actor("manager"), now=NOW)

    def leave(by: str, whom: str) -> str:
        actor, other = cast.actor(by), seat(cast, whom)
        both.wait()
        try:
            deactivate_person(membership_id=other.pk, actor=actor, now=NOW)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    def demote(by: str, whom: str) -> str:
        actor, other = cast.actor(by), seat(cast, whom)
        both.wait()
        try:
            change_role(membership_id=other.pk, role="seller", actor=actor, now=NOW)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    for first, second in ((leave, leave), (leave, demote), (demote, demote)):
        both = Barrier(2, timeout=30)
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(first, "owner", "seller"), pool.submit(second, "seller", "owner")]
        assert sorted(answer.result() for answer in answers) == ["done", "last_owner"]
        owners = Membership.objects.filter(partner=cast.partner, role="owner", is_active=True)
        assert owners.count() == 1
        Membership.objects.filter(user__in=[cast.owner, cast.seller]).update(is_active=True, role="owner")


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_at_once_leave_one() -> None:
    cast = assemble()
    change_roles(user_id=cast.manager.pk, roles=["admin"], actor=cast.actor("admin"), now=NOW)

    def off(by: str, whom: User) -> str:
        getattr(cast, by).refresh_from_db()
        actor = cast.actor(by)
        both.wait()
        try:
            switch_account_off(user_id=whom.pk, actor=actor, now=NOW)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    for _turn in range(5):
        both = Barrier(2, timeout=30)
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(off, "admin", cast.manager), pool.submit(off, "manager", cast.admin)]
        assert sorted(answer.result() for answer in answers) == ["done", "last_admin"]
        assert User.objects.filter(roles__contains=["admin"], is_active=True).count() == 1
        User.objects.filter(pk__in=[cast.admin.pk, cast.manager.pk]).update(is_active=True)
