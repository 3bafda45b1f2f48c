"""``settings.csv`` (the program's own settings, by key) and ``fx_rates.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm import audit
from prm.interchange.cells import (
    CellError,
    Currency,
    Day,
    Flag,
    Kind,
    Month,
    Number,
    Text,
    Whole,
)
from prm.interchange.files import Column, FileSpec
from prm.models import Program

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from prm.interchange.files import Sheet, Values
    from prm.interchange.loading import Load


@dataclass(frozen=True)
class TimeZone(Text):
    """A name of the time zone database."""

    def parse(self, text: str) -> str:
        """Return the name."""
        if text not in available_timezones():
            raise CellError(_("“%(text)s” is not a known time zone (like Europe/Berlin)") % {"text": text})
        return text


@dataclass(frozen=True)
class Setting:
    """A setting that a folder may carry: its key is the program's column."""

    key: str
    kind: Kind
    about: _StrPromise
    needed: bool = True


SETTINGS = {
    setting.key: setting
    for setting in (
        Setting("name", Text(most=120), gettext_lazy("the program's name")),
        Setting("vendor_name", Text(most=120), gettext_lazy("the vendor's name")),
        Setting(
            "first_period",
            Month(),
            gettext_lazy("YYYY-MM: nothing before it is entitled; empty: no limit"),
            needed=False,
        ),
        Setting("timezone", TimeZone(), gettext_lazy("the program's time zone, like Europe/Berlin")),
        Setting("base_currency", Currency(), gettext_lazy("ISO 4217: the currency of converted totals")),
        Setting("four_eyes", Flag(), gettext_lazy("true/false: a second person approves commission runs")),
        Setting(
            "minimum_expected_mrr",
            Number(),
            gettext_lazy("registrations below it are reviewed; empty: no minimum"),
            needed=False,
        ),
        Setting(
            "decision_sla_business_days",
            Whole(least=1, most=365),
            gettext_lazy("business days until a decision is due"),
        ),
        Setting(
            "survey_month",
            Whole(most=6),
            gettext_lazy("the satisfaction survey opens in this month (1 to 6) and six months later; 0: by hand"),
        ),
        Setting(
            "tier_review_month",
            Whole(least=1, most=6),
            gettext_lazy("tiers are reviewed downwards in this month (1 to 6) and six months later"),
        ),
        Setting(
            "gross_margin",
            Number(most=Decimal(100), digits=4),
            gettext_lazy("per cent of MRR that is left, for lifetime value and return; empty: not known"),
            needed=False,
        ),
        Setting(
            "checks_per_day",
            Whole(most=10_000),
            gettext_lazy("availability checks of customers per partner and day"),
        ),
    )
}


class AnyValue(Kind):
    """What a setting's text means; computed, never read from a cell."""


def stored_settings(sheet: Sheet) -> dict[int, tuple[int, Values]]:
    """Return each setting as it is stored: all are stored, so none is ever new."""
    program = Program.current()
    return {
        row.line: (program.pk, {"key": row.values["key"], "value": None, "parsed": getattr(program, row.values["key"])})
        for row in sheet.rows
        if row.values["key"] in SETTINGS
    }


def complete_settings(load: Load, sheet: Sheet) -> None:
    """Turn each setting's text into its value."""
    if "value" not in sheet.header:
        load.problems.add(sheet.spec.name, 1, "value", _("the column is missing"))
    for row in sheet.rows:
        key, text = row.values["key"], row.values.pop("value") or ""
        row.values["parsed"] = None
        if "value" not in sheet.header:
            continue
        if key not in SETTINGS:
            known = {"key": key, "known": ", ".join(SETTINGS)}
            load.wrong(sheet, row, "key", _("“%(key)s” is not a setting; known are: %(known)s") % known)
            continue
        try:
            row.values["parsed"] = _parse(SETTINGS[key], text)
        except CellError as error:
            load.wrong(sheet, row, "value", str(error))


def _parse(setting: Setting, text: str) -> Any:
    if text:
        return setting.kind.parse(text)
    if setting.needed:
        raise CellError(_("%(key)s needs a value") % {"key": setting.key})
    return setting.kind.empty


def store_settings(load: Load, sheet: Sheet) -> None:
    """Write the settings that change, and note what they were: switching four eyes off is logged."""
    rows = sheet.written()
    Program.objects.filter(pk=1).update(**{row.values["key"]: row.values["parsed"] for row in rows})
    before = {row.values["key"]: _plain((row.stored or {}).get("parsed")) for row in rows}
    after = {row.values["key"]: _plain(row.values["parsed"]) for row in rows}
    audit.record(
        action="program.settings",
        actor=load.actor,
        now=load.now,
        target=Program.current(),
        reason="settings.csv",
        data={"before": before, "after": after},
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | None) else str(value)


def settings_help() -> str:
    """Return the keys of ``settings.csv``, a line each."""
    return "\n".join(str(format_lazy("  {} – {}", setting.key, setting.about)) for setting in SETTINGS.values())


SETTINGS_FILE = FileSpec(
    "settings.csv",
    "prm_program",
    (Column("key", Text(most=64), key=True, needed=True), Column("value", Text(most=250), needed=False)),
    computed=(Column("parsed", AnyValue()),),
    fetch=stored_settings,
    complete=complete_settings,
    store=store_settings,
    help=settings_help,
)
FX_RATES = FileSpec(
    "fx_rates.csv",
    "prm_fxrate",
    (
        Column("currency", Currency(), key=True, needed=True),
        Column("month", Month(), key=True, needed=True),
        Column("per_eur", Number(least=Decimal("0.00000001"), digits=8), needed=True),
    ),
)
PRICE_INDEX = FileSpec(
    "price_index.csv",
    "prm_priceindex",
    (
        Column("month", Month(), key=True, needed=True),
        Column("value", Number(least=Decimal("0.00000001"), digits=8), needed=True),
    ),
)
HOLIDAYS = FileSpec(
    "holidays.csv",
    "prm_holiday",
    (Column("day", Day(), key=True, needed=True), Column("name", Text(most=120), needed=False)),
)
