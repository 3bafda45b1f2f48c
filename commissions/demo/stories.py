"""The sales worth opening: one partner's whole portfolio, a split, a clawback, corrections learnt late."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from commissions.demo.names import Customer
from commissions.demo.sales import Change, Sale, Share
from commissions.demo.timeline import MONTHS, Timeline

ALDERVIK = (
    # name, website, country, family, month, day, monthly price
    ("Saimaa Boats Oy", "saimaaboats.fi", "FI", "workspace", -9, 12, "840.00"),
    ("Tuulivoima Keski Oy", "tuulivoimakeski.fi", "FI", "workspace", 0, 20, "640.00"),
    ("Kaarna Logistics Oy", "kaarnalogistics.fi", "FI", "backup", 1, 3, "192.00"),
    ("Młyn Górski Sp. z o.o.", "mlyngorski.pl", "PL", "security", 1, 6, "1120.00"),
    ("北湾贸易有限公司", "beiwantrade.com.cn", "CN", "backup", 2, 11, "720.00"),
    ("Kotkan Köysi Oy", "kotkankoysi.fi", "FI", "security", 2, 17, "150.00"),
    ("Fjordlys Energi AS", "fjordlysenergi.no", "NO", "workspace", 3, 15, "890.00"),
    ("Lumisaari Hotels Oy", "lumisaarihotels.fi", "FI", "connectivity", 6, 1, "300.00"),
    ("Vuoksi Print Oy", "vuoksiprint.fi", "FI", "security", 7, 9, "380.00"),
    ("Hallava Design Oy", "hallavadesign.fi", "FI", "workspace", 8, 18, "260.00"),
    ("Nokkonen Apteekit Oy", "nokkonenapteekit.fi", "FI", "connectivity", 9, 5, "450.00"),
    ("Petäjä Hotellit Oy", "petajahotellit.fi", "FI", "backup", 10, 22, "210.00"),
    ("Koskela & Pojat Oy", "koskelapojat.fi", "FI", "security", 12, 2, "770.00"),
    ("Itäranta Energia Oy", "itarantaenergia.fi", "FI", "workspace", 13, 14, "590.00"),
    ("Sisu Konepaja Oy", "sisukonepaja.fi", "FI", "connectivity", 13, 21, "340.00"),
)
CLAWED_BACK_MONTH, CLAWED_BACK_DAYS = 7, 81
"""Pihlaja Dental leaves on the first day of that month, so many days after its start: fewer than ninety."""

NAREW = Customer("Spółdzielnia Mleczna Narew", "narew-mleko.pl", "PL", "mid-market")
HAFENKANTE = Customer("Hafenkante Medien GmbH", "hafenkante-medien.de", "DE", "enterprise")
ORRIN = Customer("Orrin Dental Group Ltd", "orrindental.co.uk", "GB", "mid-market")


def told_sales(timeline: Timeline) -> list[Sale]:
    """Return the sales that tell something."""
    return [
        *_aldervik(timeline),
        _pihlaja(timeline),
        _revontuli(timeline),
        _upgrade_known_late(timeline),
        _end_known_late(timeline),
        _split_corrected(timeline),
        _clawback_that_waits(timeline),
        *_shares_of_nobody(timeline),
        _customer_of_rivals(timeline),
        _key_account(timeline),
    ]


def _aldervik(timeline: Timeline) -> list[Sale]:
    """Aldervik's portfolio: one shared with a colleague's partner, one that ended, one upgraded."""
    ended, grown = timeline.day(5, 20), timeline.day(11, 12)
    lives = {
        "kotkankoysi.fi": (Change(ended, Decimal(0), 5),),
        "nokkonenapteekit.fi": (Change(grown, Decimal("520.00"), 11),),
        "saimaaboats.fi": (Change(timeline.day(10, 7), Decimal("910.00"), 10),),
    }
    parts = {"fjordlysenergi.no": (Share("aldervik", Decimal(50)), Share("nordhagen", Decimal(50)))}
    return [
        Sale(
            customer=Customer(name, website, country),
            family=family,
            product=family,
            currency="EUR",
            started_on=timeline.day(number, day),
            mrr=Decimal(mrr),
            changes=lives.get(website, ()),
            shares=parts.get(website, (Share("aldervik", Decimal(100)),)),
        )
        for name, website, country, family, number, day, mrr in ALDERVIK
    ]


def _pihlaja(timeline: Timeline) -> Sale:
    """Tell of a 60/40 split, an upgrade in the middle of a month, and an end after 81 days."""
    ended = timeline.month(CLAWED_BACK_MONTH)
    return Sale(
        customer=Customer("Pihlaja Dental Oy", "pihlajadental.fi", "FI", "small business"),
        family="workspace",
        product="workspace",
        currency="EUR",
        started_on=ended - timedelta(days=CLAWED_BACK_DAYS),
        mrr=Decimal("100.00"),
        changes=(
            Change(timeline.day(CLAWED_BACK_MONTH - 1, 16), Decimal("160.00"), CLAWED_BACK_MONTH - 1),
            Change(ended, Decimal("0.00"), CLAWED_BACK_MONTH),
        ),
        shares=(Share("aldervik", Decimal(60)), Share("kymi-pilvi", Decimal(40))),
    )


def _revontuli(timeline: Timeline) -> Sale:
    """Tell of a zero with its reason: Halden's own customer, to which Aldervik is credited for services alone."""
    return _one(
        Customer("Revontuli Media Oy", "revontulimedia.fi", "FI", "small business"),
        family="backup",
        started_on=timeline.day(6, 2),
        mrr="180.00",
        shares=(Share("aldervik", Decimal(100), role="services"),),
        source="direct",
    )


def _upgrade_known_late(timeline: Timeline) -> Sale:
    """Tell of an upgrade that Halden heard of a month after it was paid for."""
    return _one(
        Customer("Thornbridge Freight Ltd", "thornbridgefreight.co.uk", "GB", "mid-market"),
        family="connectivity",
        started_on=timeline.day(3, 4),
        mrr="640.00",
        changes=(Change(timeline.day(9, 12), Decimal("880.00"), 10),),
        shares=(Share("calder-finch", Decimal(100)),),
    )


def _end_known_late(timeline: Timeline) -> Sale:
    """Tell of an end that was noticed only when the next invoice came back."""
    return _one(
        Customer("Taunusquell Getränke GmbH", "taunusquell.de", "DE", "mid-market"),
        family="backup",
        started_on=timeline.day(2, 8),
        mrr="360.00",
        changes=(Change(timeline.day(10, 20), Decimal("0.00"), 11),),
        shares=(Share("rheinufer", Decimal(100)),),
    )


def _split_corrected(timeline: Timeline) -> Sale:
    """Tell of a share that was written as 100 % and is corrected to 70/30 two months later."""
    return _one(
        Customer("Moorhof Klinik GmbH", "moorhofklinik.de", "DE", "enterprise"),
        family="security",
        started_on=timeline.day(11, 3),
        mrr="980.00",
        shares=(
            Share("rheinufer", Decimal(100)),
            Share("rheinufer", Decimal(70), known=MONTHS - 1),
            Share("alster-cloud", Decimal(30), known=MONTHS - 1),
        ),
    )


def _clawback_that_waits(timeline: Timeline) -> Sale:
    """Tell of a customer of the suspended partner that left in the month that waits for approval."""
    start = timeline.day(11, 10)
    return _one(
        Customer("Officine Brembana S.p.A.", "officinebrembana.it", "IT", "enterprise"),
        family="workspace",
        started_on=start,
        mrr="640.00",
        changes=(Change(timeline.day(13, 4), Decimal("0.00"), 13),),
        shares=(Share("tessaro", Decimal(100)),),
    )


def _shares_of_nobody(timeline: Timeline) -> list[Sale]:
    """Tell of customers on whom less than 100 % is credited: the rest goes to nobody."""
    cider = Customer("Pennoweth Cider Ltd", "pennowethcider.co.uk", "GB", "small business")
    return [
        _one(
            ORRIN,
            family="backup",
            started_on=timeline.day(8, 24),
            mrr="420.00",
            shares=(Share("calder-finch", Decimal(60)),),
        ),
        _one(
            cider,
            family="security",
            started_on=timeline.day(10, 13),
            mrr="240.00",
            shares=(Share("penhale", Decimal(75)),),
        ),
    ]


def _customer_of_rivals(timeline: Timeline) -> Sale:
    """Tell of a customer of Halden's own for one family, for which two partners compete in another."""
    return _one(
        NAREW, family="workspace", started_on=timeline.day(-7, 3), mrr="1840.00", currency="PLN", source="direct"
    )  # fmt: skip


def _key_account(timeline: Timeline) -> Sale:
    """Tell of a key account: a registration on it is decided together with its owner."""
    return _one(HAFENKANTE, family="workspace", started_on=timeline.day(-2, 14), mrr="2360.00", source="direct")


def _one(
    customer: Customer,
    *,
    family: str,
    started_on: date,
    mrr: str,
    shares: tuple[Share, ...] = (),
    changes: tuple[Change, ...] = (),
    source: str = "partner",
    currency: str = "EUR",
) -> Sale:
    """Return a sale of the family's plain product."""
    return Sale(
        customer=customer,
        family=family,
        product=family,
        currency=currency,
        started_on=started_on,
        mrr=Decimal(mrr),
        changes=changes,
        shares=shares,
        source=source,
    )
