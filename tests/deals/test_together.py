"""Reads in one round trip, some of them with kept plans, find exactly what each finds when it is asked alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from deals.bench.measure import NOW, questions
from deals.bench.program import generate
from deals.identity import name_key
from deals.models import Registration
from deals.queries.asker import partner_facts, requirements_of
from deals.queries.claims import Asked, claims_on
from deals.queries.letters import has_letter
from deals.queries.neighbours import circle_of, names_of, own_customers
from deals.queries.similar import near_names
from deals.queries.tenders import tendered
from deals.queries.together import Read, ask

SIZE = 1_000
PREPARED_AFTER = 5


def alone(read: Read[Any]) -> Any:
    """Ask as everybody else asks: values in the text, planned for them."""
    with connection.cursor() as cursor:
        cursor.execute(read.statement, read.values)
        return read.understand(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_together_and_with_kept_plans_is_what_each_finds_alone() -> None:
    generate(accounts=SIZE, registrations=SIZE // 5, now=NOW)
    held = list(Registration.objects.order_by("pk").values_list("account_id", "holder_id", "family_id")[:30])
    found_something: set[str] = set()
    for turn, question in enumerate(questions(SIZE, 30)):
        account, holder, family = held[turn]
        key = name_key(question.company)
        asked = Asked(holder if turn % 2 else question.partner_id, family, NOW, NOW.date(), "UTC")
        here: dict[str, Any] = {"account_id": account, "family_id": family}
        with transaction.atomic():
            near = near_names(name_key=key, country=question.country, exclude=None)
            claims = claims_on([account, account + 1, account + 5], asked)
            reads: dict[str, Read[Any]] = {
                "partner": partner_facts(partner_id=asked.partner_id, today=NOW.date(), but=0),
                "requirements": requirements_of(family_id=family),
                "circle": circle_of(20 + turn),
                "tendered": tendered(**here),
                "letter": has_letter(partner_id=asked.partner_id, registration_id=0, **here),
                "own": own_customers(partner_id=asked.partner_id, key=key, country=question.country, exclude=0),
                "names": names_of([account, 1]),
                **{f"near {place}": read for place, read in enumerate(near)},
                **{f"claims {place}": read for place, read in enumerate(claims.reads)},
            }
            ask(*reads.values())
            for name, read in reads.items():
                assert read.found == alone(read), name
                if read.found:
                    found_something.add(name)
    assert found_something >= {"partner", "circle", "names", "near 1", "claims 0", "claims 1", "claims 3"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%partners_tierassignment%%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_one_query_is_counted_and_its_errors_are_django_s() -> None:
    one: Read[int] = Read("SELECT %(number)s", {"number": 1}, lambda rows: int(rows[0][0]))
    other: Read[list[int]] = Read("SELECT unnest(%(of)s)", {"of": [2, 3]}, lambda rows: [row[0] for row in rows])
    for _turn in range(PREPARED_AFTER + 2):
        with CaptureQueriesContext(connection) as captured:
            ask(one, other)
        assert (one.found, other.found, len(captured)) == (1, [2, 3], 1)
    assert one.ask() == 1
    with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
        ask(one, Read("SELECT 1 / %(by)s", {"by": 0}, len))
    ask(one)
    later: Read[bool] = Read("SELECT %(at)s > %(now)s", {"at": NOW + timedelta(1), "now": NOW}, lambda rows: rows[0][0])
    assert later.ask() is True
