"""The European Central Bank's reference rates: reads ``eurofxref`` (XML or CSV), keeps the last day of each month.

The bank writes how many units of a currency one euro buys, a line a working day. A month's closing rate is that of its
last day in the file; the month that runs holds the last one known, until its end. XML from outside is read by a parser
that refuses document types, so that neither entities nor files of ours can be named in it.
"""

from __future__ import annotations

import csv
import zipfile
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO, StringIO
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen
from xml.parsers import expat

from django.db import transaction
from django.utils.translation import gettext as _

from prm import audit
from prm.errors import DomainError
from prm.models import Currency, FxRate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prm.actors import Actor

LARGEST = 20 * 1024 * 1024
SECONDS = 20
MOST_DIGITS = Decimal(1).scaleb(-8)
LARGEST_RATE = Decimal(10) ** 9
DAILY = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
DAY_OF_CSV = ("%Y-%m-%d", "%d %B %Y")

Line = tuple[date, str, Decimal]
"""A day, a currency, and how many units of it one euro buys."""


class RatesError(DomainError):
    """The file is not what the bank writes; nothing of it is kept."""

    def __init__(self, sentence: str) -> None:
        super().__init__("rates_file", sentence, field="file")


def fetch(url: str) -> bytes:
    """Return the bank's file; raises ``OSError`` where it cannot be had."""
    if not url.startswith("https://"):
        raise RatesError(_("Exchange rates are fetched over https only."))
    request = Request(url, headers={"User-Agent": "prm"})  # noqa: S310 - https, checked above
    with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - the same
        return bytes(answer.read(LARGEST + 1))


def load(content: bytes, *, actor: Actor, now: datetime) -> int:
    """Keep the closing rates of a file; return how many are new or other than before.

    Running it again with the same file changes nothing. Currencies that the program does not know are passed over.
    """
    known = set(Currency.objects.values_list("code", flat=True))
    closing = closing_rates(line for line in read(content) if line[1] in known)
    with transaction.atomic():
        before = {
            (row.currency, row.month): row
            for row in FxRate.objects.select_for_update().filter(month__in={month for _code, month in closing})
        }
        new = [
            FxRate(currency=code, month=month, per_eur=rate)
            for (code, month), rate in closing.items()
            if (code, month) not in before
        ]
        changed = [row for key, row in before.items() if key in closing and closing[key] != row.per_eur]
        for row in changed:
            row.per_eur = closing[row.currency, row.month]
        FxRate.objects.bulk_create(
            new, update_conflicts=True, update_fields=["per_eur"], unique_fields=["currency", "month"]
        )
        FxRate.objects.bulk_update(changed, ["per_eur"])
        if new or changed:
            audit.record(
                action="program.rates",
                actor=actor,
                now=now,
                reason="eurofxref",
                data={"rates": [f"{row.currency} {row.month:%Y-%m} {row.per_eur}" for row in [*new, *changed]][:500]},
            )
    return len(new) + len(changed)


def closing_rates(lines: Iterable[Line]) -> dict[tuple[str, date], Decimal]:
    """Return the rate of the last day of each month, by currency and the month's first day."""
    last: dict[tuple[str, date], tuple[date, Decimal]] = {}
    for day, code, rate in lines:
        key = (code, day.replace(day=1))
        if key not in last or last[key][0] < day:
            last[key] = (day, rate)
    return {key: rate for key, (_day, rate) in last.items()}


def read(content: bytes) -> Iterator[Line]:
    """Return the lines of the bank's XML, CSV or zipped CSV; raises ``RatesError`` for anything else."""
    if len(content) > LARGEST:
        raise RatesError(_("The file is larger than 20 MB."))
    if content[:2] == b"PK":
        content = _unzipped(content)
    text = content.lstrip(b"\xef\xbb\xbf \r\n\t")
    return iter(_xml(content) if text[:1] == b"<" else _csv(content))


def _unzipped(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = [info for info in archive.infolist() if info.filename.endswith(".csv")]
            if len(names) != 1 or names[0].file_size > LARGEST:
                raise RatesError(_("The archive does not hold one CSV file of the bank."))
            return archive.read(names[0])
    except zipfile.BadZipFile as error:
        raise RatesError(_("The archive cannot be read.")) from error


def _xml(content: bytes) -> list[Line]:
    """Read ``<Cube time="…"><Cube currency="…" rate="…"/></Cube>``, as the bank nests it."""
    lines: list[Line] = []
    day: date | None = None

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal day
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in attributes:
            day = _day(attributes["time"])
        if "currency" in attributes:
            if day is None:
                raise RatesError(_("A rate stands under no day."))
            lines.append((day, attributes["currency"], _rate(attributes.get("rate", ""))))

    def refuse(*_declared: object) -> None:
        raise RatesError(_("The file declares a document type; the bank's files do not."))

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003 - the parser's signature
    except expat.ExpatError as error:
        raise RatesError(_("The file is no XML that can be read.")) from error
    if not lines:
        raise RatesError(_("The file holds no rates."))
    return lines


def _csv(content: bytes) -> list[Line]:
    """Read a ``Date`` column and one for each currency, a line a day; ``N/A`` is no rate."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RatesError(_("The file is not text in UTF-8.")) from error
    rows = [[cell.strip() for cell in row] for row in csv.reader(StringIO(text)) if row]
    if not rows or rows[0][0] != "Date":
        raise RatesError(_("The first line does not begin with “Date”."))
    return [
        (_day(row[0]), code, _rate(cell))
        for row in rows[1:]
        for code, cell in zip(rows[0][1:], row[1:], strict=False)
        if code and cell not in {"", "N/A"}
    ]


def _day(text: str) -> date:
    for form in DAY_OF_CSV:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    raise RatesError(_("“%(text)s” is no day.") % {"text": text[:20]})


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not MOST_DIGITS <= rate < LARGEST_RATE:
        raise RatesError(_("“%(text)s” is no rate.") % {"text": text[:20]})
    return rate.quantize(MOST_DIGITS)
