"""Makes the program that the kills are tried on, in a process of its own: ``python -m tests.chaos.prepare``.

One month is approved, one customer in a hundred has changed since, and the next month is waiting to be calculated: the
database of that moment is kept as a template. Then the month is calculated undisturbed, and approved. Writes, as JSON,
the steps that the calculation named.
"""

from __future__ import annotations

import json
from datetime import date

import django
import psycopg
from psycopg import sql

from prm import embedded
from prm.embedded import postgres

Session = psycopg.Connection[tuple[object, ...]]

PERIOD = date(2026, 6, 1)
SUBSCRIPTIONS = 1_500
STRIDE = 100
"""Their ids lie as far apart as in a program of 150,000: the calculation falls into ranges."""

MADE = "made.json"
PRISTINE, UNDISTURBED, LIVE = "chaos_pristine", "chaos_undisturbed", "prm"


def main() -> None:
    """Make the three databases: the template, the undisturbed one, and one to be disturbed."""
    place = embedded.Place(embedded.var_folder())
    embedded.start(place)
    django.setup()
    spare_the_disk(place)
    user_id = begin()
    keep(place, PRISTINE)
    steps = calculate()
    keep(place, UNDISTURBED)
    (place.folder / MADE).write_text(json.dumps({"steps": steps, "user_id": user_id}))


def spare_the_disk(place: embedded.Place) -> None:
    """Leave it to the operating system when it writes: what is killed here are processes, never the machine."""
    with session_of(place, "postgres") as session:
        session.execute("ALTER SYSTEM SET fsync = off")
        session.execute("SELECT pg_reload_conf()")


def begin() -> int:
    """Write the program, approve a month, change facts, and ask for the next; return who asks."""
    from django.core.management import call_command  # noqa: PLC0415 - Django stands only now
    from django.utils import timezone  # noqa: PLC0415

    from commissions.bench.program import PERIOD as FIRST  # noqa: PLC0415
    from commissions.bench.program import change_one_percent, generate  # noqa: PLC0415
    from commissions.services.runs import approve_run, ask_for_run, calculate_run  # noqa: PLC0415
    from prm.actors import OPERATOR, Actor, ActorKind, Channel  # noqa: PLC0415
    from prm.models import User  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    generate(subscriptions=SUBSCRIPTIONS, stride=STRIDE)
    now = timezone.now()
    approve_run(run=calculate_run(period=FIRST, actor=OPERATOR, now=now), actor=OPERATOR, now=now)
    change_one_percent()
    user = User.objects.create_user("finance@vendor.example", roles=["finance"])
    ask_for_run(period=PERIOD, actor=Actor(kind=ActorKind.INTERNAL, channel=Channel.CONSOLE, user_id=user.pk), now=now)
    return user.pk


def calculate() -> list[str]:
    """Calculate and approve the month; return the steps that were named."""
    from django.utils import timezone  # noqa: PLC0415 - Django stands only now

    from commissions.services.runs import approve_run, calculate_run  # noqa: PLC0415
    from prm.actors import OPERATOR  # noqa: PLC0415

    steps: list[str] = []
    run = calculate_run(period=PERIOD, actor=OPERATOR, now=timezone.now(), on_step=steps.append)
    approve_run(run=run, actor=OPERATOR, now=timezone.now())
    return list(dict.fromkeys(steps))


def keep(place: embedded.Place, name: str) -> None:
    """Keep the database of this moment under a name; this process lets go of it first."""
    from django.db import connection  # noqa: PLC0415 - Django stands only now

    connection.close()
    with session_of(place, "postgres") as session:
        copy(session, LIVE, name)


def copy(session: Session, source: str, target: str) -> None:
    """Make database ``target`` a copy of ``source``, which nobody may be using."""
    names = sql.Identifier(target), sql.Identifier(source)
    session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))


def session_of(place: embedded.Place, database: str) -> Session:
    """Open a session of a database of a folder's server, each of whose statements commits."""
    host = str(place.reach() / "postgres")
    return psycopg.connect(host=host, user=postgres.USER, dbname=database, autocommit=True)


if __name__ == "__main__":
    main()
