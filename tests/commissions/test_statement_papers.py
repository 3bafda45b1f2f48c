"""A statement's page, PDF and CSV say the same, whatever its people are called."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from pypdf import PdfReader

from commissions.models import Statement
from commissions.queries import papers
from commissions.queries.papers import statement_paper
from commissions.services.adjustments import add_adjustment
from commissions.services.payout_batches import prepare_payouts
from deals.models import Account
from partners.models import Partner
from prm.actors import OPERATOR
from prm.models import Program
from prm.papers import print_paper
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import APRIL, JANUARY, MARCH, NOW, install, run_months, story
from tests.factories.commissions import EntryRow, make_run, make_statement, make_subscription
from tests.factories.payees import make_payable

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

AMOUNT = re.compile(r"[−+]?€[\d,]+\.\d\d")


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text_of(pdf: bytes) -> str:
    """Return what a reader of the PDF can copy from it."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\xa0", " ").split())


def fonts_of(pdf: bytes) -> set[str]:
    """Return the names of the fonts in the PDF without their subset's tag."""
    names = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        names |= {str(fonts[name]["/BaseFont"]).split("+")[-1] for name in fonts}
    return names


def printed(statement: Statement, language: str = "en") -> bytes:
    with translation.override(language):
        return print_paper(statement_paper(statement, Program.current()))


def named(cast: Cast, *, partner: str, customer: str) -> Statement:
    """Return a statement of a partner and a customer with these names."""
    Partner.objects.filter(pk=cast.partner.pk).update(name=partner)
    subscription = make_subscription(cast.partner, customer="Customer")
    Account.objects.filter(pk=subscription.account_id).update(name=customer)
    run = make_run(JANUARY, [EntryRow(partner=cast.partner, subscription=subscription, entitlement="12.34")])
    make_statement(run, cast.partner)
    return Statement.objects.select_related("run", "partner").get(run=run)


SUMS = {
    JANUARY: ["€0.00", "€8.52", "€60.00", "€68.52", "€0.00", "€0.00", "€0.00", "€68.52"],
    MARCH: ["€80.52", "€15.72", "€15.72", "€0.00", "€0.00", "€0.00", "€96.24"],
    APRIL: ["€96.24", "€0.00", "−€60.00", "−€60.00", "€0.00", "€0.00", "€36.24"],
}
"""Opening, kinds, earned, corrections by kind, corrections, adjustments, paid, closing."""


@pytest.mark.parametrize("month", SUMS)
def test_page_pdf_and_csv_have_the_same_figures(cast: Cast, month: date) -> None:
    story(cast)
    statement = Statement.objects.get(partner=cast.partner, run__period=month)
    client, at = cast.signed_in("finance"), f"/portal/statements/{statement.number}/"
    page = re.sub(r"<[^>]+>|\s+", " ", client.get(at).content.decode())
    pdf = client.get(f"{at}pdf/")
    rows = list(csv.DictReader(io.StringIO(client.get(f"{at}csv/").content.decode())))
    paper = text_of(pdf.content)

    assert AMOUNT.findall(page[page.index("Opening balance") :]) == SUMS[month]
    assert AMOUNT.findall(paper[paper.index("Opening balance") : paper.index("The lines behind")]) == SUMS[month]
    in_csv = {
        name: sum((Decimal(r["amount"]) for r in rows if r["line"] == name), Decimal(0))
        for name in ("earned", "true_up")
    }
    assert (Decimal(rows[0]["amount"]), in_csv["earned"], in_csv["true_up"]) == (
        statement.opening,
        statement.earned,
        statement.true_up,
    )
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(rows[-1]["balance"]) == statement.closing
    for row in rows[1:]:
        formula, _, sentence = row["explanation"].partition("; ")
        assert formula in paper
        assert sentence in paper
        assert formula in page
    assert (pdf["Content-Type"], pdf["Content-Disposition"]) == (
        "application/pdf",
        f'attachment; filename="{statement.number}.pdf"',
    )


def test_adjustments_and_payouts_are_on_all_three(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    make_payable(cast.partner)
    prepare_payouts(as_of=date(2026, 6, 2), actor=OPERATOR, now=NOW)
    for amount, reason in (("-5.25", "=Handling"), ("20.00", "Bonus for #fairs")):
        add_adjustment(
            partner=cast.partner, currency="EUR", amount=Decimal(amount), reason=reason, actor=OPERATOR, now=NOW
        )
    run_months(date(2026, 2, 1))
    statement = Statement.objects.select_related("run", "partner").get(
        partner=cast.partner, run__period=date(2026, 2, 1)
    )
    client, at = cast.signed_in("owner"), f"/portal/statements/{statement.number}/"
    page = html.unescape(re.sub(r"<[^>]+>|\s+", " ", client.get(at).content.decode()))
    rows = list(csv.DictReader(io.StringIO(client.get(f"{at}csv/").content.decode())))
    paper = text_of(printed(statement))

    sums = ["€68.52", "€12.00", "€12.00", "€0.00", "€14.75", "−€68.52", "€26.75"]
    assert AMOUNT.findall(page[page.index("Opening balance") :]) == sums
    assert AMOUNT.findall(paper[paper.index("Opening balance") : paper.index("The lines behind")]) == sums
    assert [
        (row["line"], row["amount"], row["balance"], row["explanation"]) for row in rows if row["line"] != "earned"
    ] == [
        ("opening", "68.52", "68.52", "Opening balance"),
        ("adjustment", "-5.25", "75.27", "'=Handling"),
        ("adjustment", "20.00", "95.27", "Bonus for #fairs"),
        ("payout", "-68.52", "26.75", "Paid since the last statement"),
    ]
    for text in (page, paper):
        assert "=Handling" in text
        assert "Bonus for #fairs" in text
        assert text.index("−€5.25") < text.index("Bonus for #fairs")


def test_what_people_are_called_is_never_code(cast: Cast) -> None:
    name = '#sys.version $x^2$ \\ #[b] *bold* _it_ <label> @ref `raw` // gone " ] }'
    paper = text_of(printed(named(cast, partner=name, customer=f"{name} #panic()")))

    assert name in paper
    assert f"{name} #panic()" in paper


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("Zażółć Gęślą Łódź Sp. z o.o.", "Inter"),
        ("上海示例软件有限公司", "NotoSansSC-Regular"),
        ("شرکت نمونه پارس", "NotoSansArabic"),
    ],
)
def test_names_of_other_scripts_are_printed(cast: Cast, name: str, font: str) -> None:
    pdf = printed(named(cast, partner=name, customer=name))

    assert any(one.startswith(font) for one in fonts_of(pdf))
    assert set(name.replace(" ", "")) <= set(text_of(pdf))


def test_a_very_long_statement_names_its_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    story(cast)
    statement = Statement.objects.select_related("run", "partner").get(partner=cast.partner, run__period=JANUARY)
    monkeypatch.setattr(papers, "LINES_ON_PAPER", 1)
    paper = text_of(printed(statement))

    assert "1 of 2 lines are printed; the CSV file has all of them." in paper
    assert "20 % × 60 % × 100.00 × 22/31 = 8.52 EUR" in paper
    assert "100 % × 60 % × 100.00 = 60.00 EUR" not in paper
    assert "€68.52" in paper


def test_a_script_without_a_font_is_no_error(cast: Cast) -> None:
    paper = text_of(printed(named(cast, partner="ᏣᎳᎩ Ltd", customer="ᏣᎳᎩ")))

    assert "northwind" in paper
    assert "€12.34" in paper


def test_the_same_statement_gives_the_same_bytes(cast: Cast) -> None:
    statement = named(cast, partner="Northwind", customer="Pihlaja")

    assert printed(statement) == printed(statement)
    assert b"D:20260203090000Z" in printed(statement)


def test_dates_and_amounts_follow_the_language(cast: Cast) -> None:
    statement = named(cast, partner="Northwind", customer="Pihlaja")
    polish, persian = text_of(printed(statement, "pl")), text_of(printed(statement, "fa"))

    assert "3 lutego 2026" in polish
    assert "12,34 €" in polish
    assert "12.34" in persian


def test_the_api_gives_the_same_paper(cast: Cast) -> None:
    story(cast)
    statement = Statement.objects.select_related("run", "partner").get(partner=cast.partner, run__period=MARCH)
    answer = integrator(partner=cast.partner).get(f"statements/{statement.public_id}/pdf")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content == printed(statement)
    hidden = integrator(partner=cast.rival).get(f"statements/{statement.public_id}/pdf")
    assert (hidden.status_code, hidden["Content-Type"]) == (404, "application/problem+json")


def test_the_statements_of_a_run_are_exported(cast: Cast, tmp_path: Path) -> None:
    story(cast)
    run = Statement.objects.filter(run__period=JANUARY).first().run  # type: ignore[union-attr]
    call_command("export_statements", run=run.number, output=str(tmp_path / "out"), processes=1, stdout=io.StringIO())

    folder = tmp_path / "out"
    first, second = (one.number for one in Statement.objects.filter(run=run).order_by("number"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [
            f"{first}_contoso_EUR.csv",
            f"{first}_contoso_EUR.pdf",
            f"{second}_northwind_EUR.csv",
            f"{second}_northwind_EUR.pdf",
            "statements.csv",
        ]
    )
    assert (folder / "statements.csv").read_text(encoding="utf-8").splitlines() == [
        "number,partner,currency,opening,earned,true_up,adjustments,paid,closing",
        f"{first},contoso,EUR,0.00,45.68,0.00,0.00,0.00,45.68",
        f"{second},northwind,EUR,0.00,68.52,0.00,0.00,0.00,68.52",
    ]
    own = Statement.objects.select_related("run", "partner").get(number=second)
    assert (folder / f"{second}_northwind_EUR.pdf").read_bytes() == printed(own)
    page = cast.signed_in("owner").get(f"/portal/statements/{second}/csv/")
    assert (folder / f"{second}_northwind_EUR.csv").read_bytes() == page.content


def test_only_an_approved_run_has_statements(cast: Cast, tmp_path: Path) -> None:
    waiting = make_run(JANUARY, status="calculated", by=cast.manager)

    with pytest.raises(CommandError, match=f"Run {waiting.number} is not approved"):
        call_command("export_statements", run=waiting.number, output=str(tmp_path))
    with pytest.raises(CommandError, match="There is no run 99"):
        call_command("export_statements", run=99, output=str(tmp_path))
