"""The cast: the twenty-four partners with a history, of eight countries, and Halden Cloud's own people."""

from __future__ import annotations

from dataclasses import dataclass

from partners.models import PartnerType
from prm.actors import InternalRole

MANAGER, SECOND_MANAGER = "manager@halden.example", "piotr.zawada@halden.example"
FINANCE, SECOND_FINANCE = "finance@halden.example", "tove.lindqvist@halden.example"
ADMIN = "admin@halden.example"

COLLEAGUES = (
    (MANAGER, "Anna Kowal", InternalRole.CHANNEL_MANAGER),
    (SECOND_MANAGER, "Piotr Zawada", InternalRole.CHANNEL_MANAGER),
    (FINANCE, "Marta Sand", InternalRole.FINANCE),
    (ADMIN, "Ingrid Halvorsen", InternalRole.ADMIN),
    (SECOND_FINANCE, "Tove Lindqvist", InternalRole.FINANCE),
)
"""E-mail, name and role of the vendor's people."""

TIERS = (
    # code, name, protection in days, limit on open registrations, automatic approval, share of MDF in per cent
    ("registered", "Registered", 60, 5, False, 0),
    ("silver", "Silver", 90, 10, False, 2),
    ("gold", "Gold", 90, 15, False, 3),
    ("platinum", "Platinum", 120, 30, True, 5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A partner. ``tiers`` are (from month, code), oldest first; ``weight`` is how many subscriptions it sold."""

    code: str
    name: str
    country: str
    owner: str
    seller: str
    finance: str = ""
    tiers: tuple[tuple[int, str], ...] = ((-24, "silver"),)
    weight: int = 0
    open_deals: int = 2
    type: str = PartnerType.RESELLER
    currency: str = "EUR"
    parent: str = ""
    since: int = -12
    manager: str = MANAGER
    site: str = ""

    @property
    def mail_domain(self) -> str:
        """Return the domain of its people's mail: a reserved one, so that no mail ever arrives."""
        return f"{self.code}.example"


def _rises(*steps: tuple[int, str]) -> tuple[tuple[int, str], ...]:
    return steps


MEMBERS = (
    Member(code="aldervik", name="Aldervik Oy", country="FI", owner="Saana Rintala", seller="Jere Salmi",
           finance="Outi Laine", tiers=_rises((-14, "silver"), (6, "gold")), open_deals=0, since=-13),
    Member(code="kymi-pilvi", name="Kymi Pilvi Oy", country="FI", owner="Eero Myllylä", seller="Aino Kettunen",
           finance="Tiina Rask", weight=12, type=PartnerType.MSP, since=-10),
    Member(code="tunturi-data", name="Tunturi Data Oy", country="FI", owner="Juha Palo", seller="Elsa Niemi",
           tiers=_rises((2, "registered")), weight=6, since=2, open_deals=1),
    Member(code="bursztyn", name="Bursztyn IT Sp. z o.o.", country="PL", owner="Ewa Maj", seller="Kamil Wrona",
           finance="Zofia Lis", weight=16, currency="PLN", manager=SECOND_MANAGER, since=-11),
    Member(code="wisla-systems", name="Wisła Systems S.A.", country="PL", owner="Tomasz Rey", seller="Hanna Sikora",
           finance="Jan Bielak", tiers=_rises((-14, "silver"), (13, "gold")), weight=22, currency="PLN",
           manager=SECOND_MANAGER, since=-13, open_deals=4),
    Member(code="baltica", name="Baltica Dystrybucja Sp. z o.o.", country="PL", owner="Marek Okoń",
           seller="Iga Duda", type=PartnerType.DISTRIBUTOR, currency="PLN", manager=SECOND_MANAGER, since=-13,
           tiers=_rises((-14, "gold")), open_deals=0),
    Member(code="karpaty-soft", name="Karpaty Soft Sp. z o.o.", country="PL", owner="Adam Gil", seller="Lena Zych",
           weight=8, currency="PLN", parent="baltica", manager=SECOND_MANAGER, since=1),
    Member(code="mazur-sieci", name="Mazur Sieci s.c.", country="PL", owner="Ola Mazur", seller="Igor Bąk",
           tiers=_rises((-9, "registered")), weight=7, currency="PLN", parent="baltica", type=PartnerType.MSP,
           manager=SECOND_MANAGER, since=-9),
    Member(code="brenner-netz", name="Brenner Netz GmbH", country="DE", owner="Katrin Brenner",
           seller="Jonas Vogt", finance="Petra Ahrens", tiers=_rises((-14, "gold"), (1, "platinum")), weight=34,
           since=-14, open_deals=8),
    Member(code="rheinufer", name="Rheinufer Systeme GmbH", country="DE", owner="Stefan Kühn", seller="Mia Lorenz",
           finance="Ute Wolff", tiers=_rises((-14, "silver"), (4, "gold")), weight=24, since=-13, open_deals=5),
    Member(code="alster-cloud", name="Alster Cloud GmbH & Co. KG", country="DE", owner="Lars Petersen",
           seller="Nele Krüger", weight=12, since=-8, type=PartnerType.MSP),
    Member(code="zugspitz", name="Zugspitz IT AG", country="DE", owner="Vroni Huber", seller="Max Lechner",
           tiers=_rises((3, "registered"), (11, "silver")), weight=6, since=3),
    Member(code="calder-finch", name="Calder & Finch Ltd", country="GB", owner="Imogen Finch", seller="Rhys Calder",
           finance="Nadia Bell", tiers=_rises((-14, "gold")), weight=28, since=-14, open_deals=6),
    Member(code="penhale", name="Penhale Digital Ltd", country="GB", owner="Jago Penhale", seller="Tamsin Rowe",
           weight=9, since=-6),
    Member(code="harrow-vane", name="Harrow & Vane LLP", country="GB", owner="Clara Vane", seller="Otis Harrow",
           tiers=_rises((-7, "registered")), weight=6, type=PartnerType.REFERRAL, since=-7, open_deals=1),
    Member(code="tessaro", name="Tessaro Cloud S.r.l.", country="IT", owner="Luca Tessaro", seller="Giulia Moro",
           finance="Paola Conti", tiers=_rises((-14, "gold")), weight=15, since=-13, open_deals=0),
    Member(code="lagoverde", name="Lagoverde Informatica S.r.l.", country="IT", owner="Elena Ricci",
           seller="Marco Sala", weight=9, since=-5),
    Member(code="nordhagen", name="Nordhagen Drift AS", country="NO", owner="Sigrid Nordhagen", seller="Ola Lie",
           finance="Kari Moe", weight=11, since=-9, type=PartnerType.MSP),
    Member(code="fjellsky", name="Fjellsky AS", country="NO", owner="Even Haug", seller="Maja Berg",
           tiers=_rises((5, "registered")), weight=5, since=5, open_deals=1),
    Member(code="pardis-link", name="Pardis Link FZ", country="AE", owner="Shirin Daneshvar", seller="Omid Rahimi",
           finance="Leila Karimi", weight=10, currency="USD", parent="gulf-meridian", since=-8),
    Member(code="gulf-meridian", name="Gulf Meridian Distribution FZCO", country="AE", owner="Yusuf Haddad",
           seller="Rana Nasser", type=PartnerType.DISTRIBUTOR, currency="USD", tiers=_rises((-14, "gold")),
           since=-12, open_deals=0),
    Member(code="simorgh", name="Simorgh Systems LLC", country="AE", owner="Kaveh Azad", seller="Parisa Noori",
           tiers=_rises((4, "registered"), (12, "silver")), weight=7, currency="USD", parent="gulf-meridian", since=4),
    Member(code="haibin", name="Haibin Digital", country="CN", owner="Lin Haoran", seller="Zhou Min", weight=11,
           currency="USD", since=-7, finance="Wu Jie"),
    Member(code="lanjing", name="Lanjing Cloud Co., Ltd.", country="CN", owner="Shen Yue", seller="Gao Rui",
           tiers=(), currency="USD", since=13, open_deals=0),
)  # fmt: skip

ONBOARDING, SUSPENDED = "lanjing", "tessaro"
SIGNED_IN = (("aldervik", "owner"), ("kymi-pilvi", "owner"), ("aldervik", "seller"))
"""Partners' people who get a password: two rivals' owners, and a seller, who sees no money."""
