from datetime import date
from decimal import Decimal
import pytest
from deals.batch.rollups import refresh_rollups
from deals.queries.rollups.reading import reading_of
from prm.metrics import Scope
from tests.factories.deals import make_account, make_subscription
from tests.factories.partners import make_partner
pytestmark = pytest.mark.django_db

def test_smoke():
    p = make_partner("a")
    make_subscription(make_account("X"), mrr="100", started_on=date(2026, 1, 10), credited=p)
    raw = reading_of(Scope(as_of=date(2026, 10, 31)))
    refresh_rollups(today=date(2026, 11, 25))
    kept = reading_of(Scope(as_of=date(2026, 10, 31)))
    assert raw == kept
    assert kept.amount("sourced") == Decimal(100)
    assert kept.count("live") == 1
    assert kept.count("begun") == 1
    print(kept)
