"""API keys: shown once, stored as a hash, limited in scope and time, revoked at once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partners.models import ApiKey, PartnerStatus
from partners.services.api_keys import (
    actor_of_key,
    create_api_key,
    find_api_key,
    record_use,
    revoke_api_key,
    rotate_api_key,
)
from prm.actors import OPERATOR, Actor, ActorKind
from prm.errors import DomainError, NotAllowedError
from prm.models import AuditEvent
from tests.api import Integrator, integrator
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _printed(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()[-1]


def test_the_command_prints_the_key_last_and_stores_only_its_hash() -> None:
    text = _printed("CRM sync", "--scopes", "accounts:read accounts:write")

    key = ApiKey.objects.get()
    assert text.startswith(f"{key.prefix}_")
    assert key.key_hash == hashlib.sha256(text.encode()).hexdigest()
    assert (key.name, key.partner, key.scopes) == ("CRM sync", None, ["accounts:read", "accounts:write"])
    assert key.expires_at is None
    assert AuditEvent.objects.get().action == "api_key.created"
    assert text not in str(AuditEvent.objects.get().data)


def test_a_key_without_scopes_only_reads() -> None:
    _printed("reader")

    key = ApiKey.objects.get()
    scopes = actor_of_key(key).scopes
    assert key.scopes == ["*:read"]
    assert "accounts:read" in scopes
    assert {scope.rpartition(":")[2] for scope in scopes} == {"read"}


def test_a_key_of_a_partner_expires_at_the_end_of_the_day_in_the_programs_time_zone() -> None:
    partner = make_partner("northwind")

    _printed("theirs", "--partner", "northwind", "--expires", "2030-06-30")

    key = ApiKey.objects.get()
    assert key.partner == partner
    assert key.expires_at == datetime(2030, 6, 30, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["x", "--scopes", "nothing:read"], 2, "nothing:read. Known: account-candidates:read, account-merges:read,"),
        (["x", "--partner", "nobody"], 1, "no partner with the code nobody"),
        (["x", "--expires", "30.6.2030"], 2, "30.6.2030 is not a date"),
        (["x", "--expires", "2001-01-01"], 1, "must lie ahead"),
        ([" "], 1, "needs a name"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], code: int, words: str) -> None:
    with pytest.raises(CommandError) as refused:
        _printed(*arguments)

    assert refused.value.returncode == code
    assert words in str(refused.value)
    assert not ApiKey.objects.exists()


def test_a_partners_key_cannot_hold_a_systems_scope() -> None:
    partner = make_partner("northwind")

    with pytest.raises(DomainError) as refused:
        create_api_key(actor=OPERATOR, now=NOON, name="x", partner=partner, scopes=["accounts:write"])

    assert refused.value.code == "unknown_scope"


def test_only_administrators_make_keys() -> None:
    with pytest.raises(NotAllowedError):
        create_api_key(actor=Actor(kind=ActorKind.SYSTEM_KEY), now=NOON, name="x")


def test_a_key_is_found_by_the_whole_of_it_alone() -> None:
    key, text = create_api_key(actor=OPERATOR, now=NOON, name="x")

    assert find_api_key(text=text, now=NOON) == key
    for wrong in ("", text[:-1], text + "x", key.prefix, f"{key.prefix}_{'A' * 43}", "prm_\x00", "é"):
        assert find_api_key(text=wrong, now=NOON) is None


def test_an_expired_or_revoked_key_opens_nothing() -> None:
    end = NOON + timedelta(days=1)
    key, text = create_api_key(actor=OPERATOR, now=NOON, name="x", expires_at=end)

    assert find_api_key(text=text, now=end - timedelta(seconds=1)) == key
    assert find_api_key(text=text, now=end) is None
    revoke_api_key(actor=OPERATOR, now=NOON, key=key, reason="leaked")
    revoke_api_key(actor=OPERATOR, now=NOON, key=key)
    assert find_api_key(text=text, now=NOON) is None
    assert AuditEvent.objects.filter(action="api_key.revoked").count() == 1


def test_rotation_lets_both_keys_work_for_the_overlap() -> None:
    old, old_text = create_api_key(actor=OPERATOR, now=NOON, name="x", scopes=["accounts:read"])

    new, new_text = rotate_api_key(actor=OPERATOR, now=NOON, key=old, overlap=timedelta(days=7))

    week = NOON + timedelta(days=7)
    assert new.scopes == ["accounts:read"]
    assert find_api_key(text=old_text, now=week - timedelta(seconds=1)) == old
    assert find_api_key(text=old_text, now=week) is None
    assert find_api_key(text=new_text, now=week) == new


def test_last_use_is_written_at_most_once_a_minute(django_assert_num_queries: Any) -> None:
    key, _text = create_api_key(actor=OPERATOR, now=NOON, name="x")

    record_use(key=key, now=NOON)
    key.refresh_from_db()
    assert key.last_used_at == NOON
    with django_assert_num_queries(0):
        record_use(key=key, now=NOON + timedelta(seconds=59))
    record_use(key=key, now=NOON + timedelta(seconds=60))
    key.refresh_from_db()
    assert key.last_used_at == NOON + timedelta(seconds=60)


def test_a_terminated_partners_key_reads_statements_only() -> None:
    partner = make_partner("gone", status=PartnerStatus.TERMINATED)
    key, _text = create_api_key(actor=OPERATOR, now=timezone.now(), name="x", partner=partner, scopes=["*"])

    actor = actor_of_key(key)

    assert actor.scopes == {"statements:read"}
    assert (actor.kind, actor.partner_id) == (ActorKind.PARTNER_KEY, partner.pk)


def test_a_key_of_an_applicant_opens_nothing() -> None:
    applicant = make_partner("new", status=PartnerStatus.APPLIED)
    key, _text = create_api_key(actor=OPERATOR, now=timezone.now(), name="x", partner=applicant)

    assert actor_of_key(key).scopes == frozenset()


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "Bearer prm_00000000_" + "A" * 43, "Bearer \u00e9"]
)
def test_without_a_key_the_api_answers_401(header: str) -> None:
    answer = Integrator().client.get("/api/v1/partners", headers={"authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_a_browsers_session_opens_nothing_in_the_api() -> None:
    from tests.cast import assemble  # noqa: PLC0415 - the cast is for this test alone

    assert assemble().signed_in("admin").get("/api/v1/partners").status_code == 401


def test_the_row_of_the_key_tells_when_it_was_used() -> None:
    caller = integrator()

    caller.get("partners")

    used = ApiKey.objects.get().last_used_at
    assert used is not None
    assert timezone.now() - used < timedelta(minutes=1)
