"""Which customer it is: domains and names."""

import pytest

from deals.identity import HostKind, domain_of, identity_keys, name_key, registrable_domain, understood


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("lumisaari.fi", "lumisaari.fi"),
        ("https://WWW.Lumisaari.FI:443/en/?a=b#c", "lumisaari.fi"),
        ("shop.example.co.uk", "example.co.uk"),
        ("jan.sowa@it.narew-mleko.pl", "narew-mleko.pl"),
        ("mailto:jan@narew-mleko.pl", "narew-mleko.pl"),
        ("<jan@narew-mleko.pl>", "narew-mleko.pl"),
        ("müller.de", "xn--mller-kva.de"),
        ("xn--mller-kva.de", "xn--mller-kva.de"),
        ("straße.de", "xn--strae-oqa.de"),
        ("one.myshopify.com", "one.myshopify.com"),
        ("two.myshopify.com/products", "two.myshopify.com"),
        ("acme.github.io", "acme.github.io"),
        ("arctic.example", "arctic.example"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("example.com.", "example.com"),
    ],
)
def test_a_domain_is_found_in_what_people_type(typed: str, domain: str) -> None:
    assert domain_of(typed) == domain


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "lumisaari",
        "lumisaari.",
        "co.uk",
        "myshopify.com",
        "host.local",
        "192.168.0.1",
        "http://[::1]/",
        "anna@gmail.com",
        "https://www.linkedin.com/company/acme",
        "youtube.com/@acme",
        "docs.google.com",
        "a b.com",
        "-bad-.com",
        "x" * 300 + ".com",
    ],
)
def test_what_identifies_nobody_gives_no_domain(typed: str) -> None:
    assert domain_of(typed) == ""


def test_operations_extend_the_kept_lists() -> None:
    assert domain_of("market.fi") == "market.fi"
    assert domain_of("shop.market.fi", kept={"market.fi": "shared_host"}) == ""
    assert understood("anna@market.fi", kept={"market.fi": "free_mail"}).kind is HostKind.FREE_MAIL
    assert domain_of("apple.com") == ""
    assert domain_of("www.apple.com", kept={"apple.com": "own"}) == "apple.com"
    assert understood("gmail.com").kind is HostKind.FREE_MAIL
    assert understood("linkedin.com/in/x").kind is HostKind.SHARED_HOST
    assert registrable_domain("shop.market.fi") == "market.fi"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bursztyn IT Sp. z o.o.", "BURSZTYN IT SP Z OO"),
        ("Bursztyn IT Spółka z ograniczoną odpowiedzialnością", "Bursztyn IT"),
        ("Spółdzielnia Mleczna Narew", "Spoldzielnia mleczna  NAREW"),
        ("Łódzkie Zakłady Optyczne S.A.", "Lodzkie Zaklady Optyczne SA"),
        ("Hafenkante Medien GmbH", "hafenkante medien"),
        ("Hafenkante Medien GmbH & Co. KG", "Hafenkante-Medien"),
        ("Bramley & Stow Ltd", "Bramley and Stow Limited"),
        ("Acme, Inc.", "ACME Incorporated"),
        ("Müller AG", "MULLER"),
        ("O’Neil Ltd.", "ONeil"),
        ("青岚物流有限公司", "青岚物流"),
        ("株式会社カナデ", "カナデ"),
        ("شرکت ارس تجارت", "ارس تجارت"),
        ("شركت ارس تجارت (سهامی خاص)", "ارس‌تجارت"),
        ("ООО «Ромашка»", "Ромашка"),
        ("Kivi Robotics Oy", "kivi robotics"),
        ("Ｋｉｖｉ Robotics", "Kivi Robotics"),
    ],
)
def test_names_of_one_company_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Data Soft", "Datasoft Nord"),
        ("Acme UK", "Acme"),
        ("Kivi Robotics", "Kivi Foods"),
        ("がく", "かく"),
    ],
)
def test_names_of_two_companies_differ(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_never_folds_away() -> None:
    assert name_key("Limited") == "limited"
    assert name_key("SA") == "sa"
    assert name_key("公司") == "公司"
    assert name_key("!!!") == ""
    assert len(name_key("ä" * 400)) == 250


def test_identity_keys_come_sorted_and_hold_both_ways_to_find_a_customer() -> None:
    assert identity_keys(domain="acme.com", name="Acme Inc", country="us") == [
        "domain:acme.com",
        "name:US:acme",
    ]
    assert identity_keys(domain="", name="Acme Inc", country="") == ["name::acme"]
    assert identity_keys(domain="", name="?", country="PL") == []


def test_a_name_without_end_is_cut_before_it_is_taken_apart() -> None:
    assert name_key("ooo " * 100_000) == name_key(("ooo " * 100)[:250])
