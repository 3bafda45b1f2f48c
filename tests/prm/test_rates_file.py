"""Exchange rates from the European Central Bank's files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from prm.actors import OPERATOR
from prm.models import AuditEvent, FxRate
from prm.rates_file import RatesError, load, read

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><Cube>
<Cube time='2026-10-30'><Cube currency='USD' rate='1.0832'/><Cube currency='JPY' rate='163.59'/></Cube>
<Cube time='2026-10-29'><Cube currency='USD' rate='1.0799'/></Cube>
<Cube time='2026-11-24'><Cube currency='USD' rate='1.09'/><Cube currency='XYZ' rate='3'/></Cube>
</Cube></gesmes:Envelope>"""
CSV = b"Date,USD,JPY,CYP,\n2026-10-30,1.0832,163.59,N/A,\n2026-10-29,1.0799,163.1,N/A,\n"
BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    b'<Cube time="2026-10-30"><Cube currency="&b;" rate="1"/></Cube>'
)


def rates() -> dict[tuple[str, date], Decimal]:
    return {(row.currency, row.month): row.per_eur for row in FxRate.objects.all()}


OCTOBER = {("USD", date(2026, 10, 1)): Decimal("1.0832"), ("JPY", date(2026, 10, 1)): Decimal("163.59")}


def test_the_last_day_of_each_month_is_kept_and_unknown_currencies_are_passed_over() -> None:
    assert load(XML, actor=OPERATOR, now=NOW) == 3
    assert rates() == {**OCTOBER, ("USD", date(2026, 11, 1)): Decimal("1.09")}
    assert AuditEvent.objects.get(action="program.rates").data["rates"][0].startswith("USD 2026-10 1.0832")
    assert load(XML, actor=OPERATOR, now=NOW) == 0
    assert load(XML.replace(b"'1.09'", b"'1.10'"), actor=OPERATOR, now=NOW) == 1
    assert rates()["USD", date(2026, 11, 1)] == Decimal("1.10")


def test_csv_and_zip_say_the_same() -> None:
    zipped = BytesIO()
    with ZipFile(zipped, "w") as archive:
        archive.writestr("eurofxref-hist.csv", CSV)
    assert load(CSV, actor=OPERATOR, now=NOW) == 2
    assert rates() == OCTOBER
    assert load(zipped.getvalue(), actor=OPERATOR, now=NOW) == 0
    assert [line[0] for line in read(b"Date, USD\n24 November 2026, 1.09\n")] == [date(2026, 11, 24)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (BOMB, "The file declares a document type; the bank's files do not."),
        (b"<Cube><Cube currency='USD' rate='1'/></Cube>", "A rate stands under no day."),
        (b"<Cube time='2026-10-30'><Cube currency='USD' rate='-1'/></Cube>", "“-1” is no rate."),
        (b"<Cube time='2026-10-30'><Cube currency='USD' rate='NaN'/></Cube>", "“NaN” is no rate."),
        (b"<Cube time='30.10.2026'><Cube currency='USD' rate='1'/></Cube>", "“30.10.2026” is no day."),
        (b"<html><body>Not found</body></html>", "The file holds no rates."),
        (b"<Cube", "The file is no XML that can be read."),
        (b"PK\x03\x04nothing", "The archive cannot be read."),
        (b"currency,rate\nUSD,1\n", "The first line does not begin with “Date”."),
        (b"\xff\xfe\x00", "The file is not text in UTF-8."),
        (b" " * (20 * 1024 * 1024 + 1), "The file is larger than 20 MB."),
    ],
)
def test_what_the_bank_does_not_write_is_refused_whole(content: bytes, sentence: str) -> None:
    with pytest.raises(RatesError) as refused:
        load(content, actor=OPERATOR, now=NOW)
    assert str(refused.value.sentence) == sentence
    assert not FxRate.objects.exists()


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "eurofxref-daily.xml"
    file.write_bytes(XML)
    call_command("load_rates", str(file))
    assert capsys.readouterr().out == "3 rates are new or changed.\n"
    with pytest.raises(CommandError, match="cannot be had"):
        call_command("load_rates", str(tmp_path / "none.xml"))
