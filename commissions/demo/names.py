"""Invented customers' names of eight countries, each with its website."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random


@dataclass(frozen=True, slots=True)
class Customer:
    """A company that buys, or may buy."""

    name: str
    website: str
    country: str
    segment: str = "mid-market"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How companies of a country are called: ``heads`` and ``tails`` as (word, its letters in a domain)."""

    heads: tuple[tuple[str, str], ...]
    tails: tuple[tuple[str, str], ...]
    forms: tuple[str, ...]
    domain: str
    form_first: bool = False
    joint: str = " "


def _latin(words: str) -> tuple[tuple[str, str], ...]:
    """Return each word of a list with what of it a domain may hold."""
    folded = str.maketrans("ąćęłńóśźżäöüåøéàòù", "acelnoszzaouaoeaou", " -&'.")
    return tuple((word, word.lower().translate(folded)) for word in words.split(", "))


_PATTERNS = {
    "FI": _Pattern(
        _latin("Aava, Halla, Honka, Itäranta, Kaisla, Koivu, Korpi, Lintula, Louhi, Nokka, Pohja, Selkä, Vuolle"),
        _latin("Apteekit, Energia, Kalusto, Konepaja, Laivat, Media, Metsä, Optiikka, Rakennus, Sahat, Varasto"),
        ("Oy", "Oy", "Oyj"),
        "fi",
    ),
    "PL": _Pattern(
        _latin("Browar, Cukrownia, Drukarnia, Huta, Młyny, Piekarnie, Przychodnia, Stocznia, Tartak, Zakłady Optyczne"),
        _latin("Biebrza, Kujawy, Mazowsze, Narew, Podlasie, Pomorze, Roztocze, Śnieżka, Wigry, Żuławy"),
        ("Sp. z o.o.", "Sp. z o.o.", "S.A."),
        "pl",
    ),
    "DE": _Pattern(
        _latin("Elbufer, Harzwald, Isartal, Lindenhof, Neckarblick, Ostsee, Rheinwiese, Schlehdorn, Spreebogen, Weser"),
        _latin("Bau, Druck, Energie, Klinik, Lebensmittel, Logistik, Maschinen, Möbel, Optik, Spedition, Werkzeuge"),
        ("GmbH", "GmbH", "AG", "GmbH & Co. KG"),
        "de",
    ),
    "GB": _Pattern(
        _latin("Ashcombe, Bexmoor, Coldharbour, Dunsley, Fernhollow, Larkstoke, Pennard, Thornbury, Wexley, Yarrow"),
        _latin("& Stow, Brewing, Care Homes, Dental Group, Foods, Freight, Instruments, Legal, Press, Textiles"),
        ("Ltd", "Ltd", "PLC"),
        "co.uk",
    ),
    "IT": _Pattern(
        _latin("Cantine, Cartiere, Ceramiche, Farmacie, Officine, Pastificio, Tipografia, Trasporti"),
        _latin("Altopiano, Brentella, Colleverde, Lagoscuro, Montefalco, San Dalmazio, Torrechiara, Valbrenta"),
        ("S.r.l.", "S.r.l.", "S.p.A."),
        "it",
    ),
    "NO": _Pattern(
        _latin("Brevik, Fjordlys, Granli, Havsund, Kvitfjell, Lysebu, Nordvåg, Solvik, Tindholm"),
        _latin("Bygg, Energi, Fisk, Havbruk, Industri, Optikk, Rederi, Transport"),
        ("AS",),
        "no",
    ),
    "AE": _Pattern(
        (
            ("ارس", "aras"), ("البرز", "alborz"), ("دماوند", "damavand"), ("زاگرس", "zagros"), ("سپهر", "sepehr"),
            ("پارسه", "parseh"), ("مهرگان", "mehregan"), ("نوژان", "nojan"),
        ),
        (
            ("تجارت", "tejarat"), ("دارو", "darou"), ("فولاد", "foulad"), ("گردشگری", "travel"), ("نساجی", "textile"),
            ("نور", "light"),
        ),
        ("شرکت", "گروه"),
        "ae",
        form_first=True,
    ),
    "CN": _Pattern(
        (
            ("北湾", "beiwan"), ("东岭", "dongling"), ("海澜", "hailan"), ("华庭", "huating"), ("锦川", "jinchuan"),
            ("明泽", "mingze"), ("瑞峰", "ruifeng"), ("云溪", "yunxi"),
        ),
        (
            ("电子", "dianzi"), ("纺织", "fangzhi"), ("建材", "jiancai"), ("科技", "keji"), ("食品", "shipin"),
            ("物流", "wuliu"), ("医疗", "yiliao"),
        ),
        ("有限公司",),
        "com.cn",
        joint="",
    ),
}  # fmt: skip

_SEGMENTS = ("small business", "small business", "mid-market", "mid-market", "enterprise", "public sector")


class NameBook:
    """Gives out customers, each once, in an order that the seed alone decides."""

    def __init__(self, random: Random, *, taken: set[str]) -> None:
        self._random = random
        self._left = {country: self._shuffled(country, taken) for country in _PATTERNS}

    def take(self, country: str) -> Customer:
        """Return a customer of a country that nobody has had yet."""
        return self._left[country].pop()

    def _shuffled(self, country: str, taken: set[str]) -> list[Customer]:
        pattern = _PATTERNS[country]
        pairs = list(product(pattern.heads, pattern.tails))
        self._random.shuffle(pairs)
        made = [self._customer(country, pattern, head, tail) for head, tail in pairs]
        return [customer for customer in made if customer.website not in taken]

    def _customer(self, country: str, pattern: _Pattern, head: tuple[str, str], tail: tuple[str, str]) -> Customer:
        form, name = self._random.choice(pattern.forms), pattern.joint.join((head[0], tail[0]))
        words = (form, name) if pattern.form_first else (name, form)
        website = f"{head[1]}{tail[1]}".replace(" ", "") + "." + pattern.domain
        return Customer(pattern.joint.join(words), website, country, self._random.choice(_SEGMENTS))
