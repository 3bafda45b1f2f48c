"""``people.csv``, ``certifications.csv``, ``activities.csv``, ``psat_waves.csv``, ``psat.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils.translation import gettext as _

from partners.interchange.lookups import PARTNER, PERSON, WAVE
from partners.models import MembershipRole
from prm.interchange import staging
from prm.interchange.cells import Choice, Code, Day, Email, Flag, Instant, Reference, Text, Whole
from prm.interchange.checks import check_dates_in_order
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load


def check_one_name(load: Load, sheet: Sheet) -> None:
    """Refuse two names for one person: a person may belong to several partners, under one name."""
    names: dict[str, tuple[str, int]] = {}
    for row in sheet.rows:
        name, line = names.setdefault(row.values["email"], (row.values["name"], row.line))
        if name != row.values["name"]:
            message = _("line %(line)s names this person “%(name)s”") % {"line": line, "name": name}
            load.wrong(sheet, row, "name", message)


def write_people(load: Load, sheet: Sheet) -> None:
    """Make people who are new (they cannot sign in until they set a password) and rename others."""
    people = {row.values["email"]: row.values["name"] for row in sheet.written()}
    table = staging.copy_rows([("email", "text"), ("name", "text")], people.items())
    with connection.cursor() as cursor:
        cursor.execute(
            # An unusable password starts with “!” and matches nothing; the rest tells two of them apart.
            f"INSERT INTO prm_user AS t (email, name, password, roles, is_active, is_staff, is_superuser, "  # noqa: S608 - a name of our own
            f"language, shortcuts_enabled, date_joined) "
            f"SELECT s.email, s.name, %(password)s || md5(s.email || random()), '{{}}', true, false, false, '', "
            f"true, %(now)s FROM {table} s ORDER BY s.email "
            f"ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name WHERE t.name <> EXCLUDED.name",
            {"password": make_password(None)[:1], "now": load.now},
        )
    staging.drop(table)


def check_answer(load: Load, sheet: Sheet) -> None:
    """Refuse an answer without its moment, and a moment without an answer."""
    for row in sheet.rows:
        if (row.values["score"] is None) != (row.values["answered_at"] is None):
            load.wrong(sheet, row, "score", _("score and answered_at come together"))


PEOPLE = FileSpec(
    "people.csv",
    "partners_membership",
    (
        Column("email", Reference(to=PERSON, form=Email()), "user_id", key=True, needed=True),
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("name", Text(most=160), needed=True, stored=False, read="v0.name"),
        Column("role", Choice(allowed=tuple(MembershipRole.values)), needed=True),
        Column("active", Flag(), "is_active", default=True),
    ),
    checks=(check_one_name,),
    before=write_people,
)
CERTIFICATIONS = FileSpec(
    "certifications.csv",
    "partners_certification",
    (
        Column("person_email", Reference(to=PERSON, form=Email()), "user_id", key=True, needed=True),
        Column("certification", Text(most=120), key=True, needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
    ),
    checks=(check_dates_in_order,),
)
ACTIVITIES = FileSpec(
    "activities.csv",
    "partners_activity",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("kind", Text(most=64), key=True, needed=True),
        Column("occurred_at", Instant(), key=True, needed=True),
        Column("object", Text(), key=True),
        Column("person_email", Reference(to=PERSON, form=Email()), "user_id"),
    ),
)
PSAT_WAVES = FileSpec(
    "psat_waves.csv",
    "partners_psatwave",
    (
        Column("wave", Code(), "code", key=True, needed=True),
        Column("opened_on", Day(), needed=True),
        Column("closes_on", Day()),
    ),
)
PSAT = FileSpec(
    "psat.csv",
    "partners_psatinvitation",
    (
        Column("wave", Reference(to=WAVE), "wave_id", key=True, needed=True),
        Column("person_email", Reference(to=PERSON, form=Email()), "user_id", key=True, needed=True),
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("invited_at", Instant(), needed=True),
        Column("score", Whole(least=1, most=5)),
        Column("answered_at", Instant()),
    ),
    checks=(check_answer,),
)
