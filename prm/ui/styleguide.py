"""``/styleguide/``: every component in its states, while DEBUG is on. Tests photograph and check this page."""

import datetime as dt
from decimal import Decimal

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi

from prm import formats
from prm.ui import chart
from prm.ui.icons import ICONS
from prm.ui.states import kinds, states_of

# The scene of the pictures: a fixed Sunday, so that photographs can be compared.
NOW = dt.datetime(2026, 11, 22, 10, 42, tzinfo=dt.UTC)

_FAMILIES = [
    ("workspace", "Workspace"),
    ("backup", "Backup"),
    ("security", "Security"),
    ("connectivity", "Connectivity"),
]
_MONTHS = [
    ("Nov", "2025", "438.20", "230", "0", "0"), ("Dec", "", "486.40", "0", "84", "0"),
    ("Jan", "2026", "630.10", "1180", "0", "140"), ("Feb", "", "731.60", "0", "32", "0"),
    ("Mar", "", "894.90", "300", "63", "0"), ("Apr", "", "968.20", "400", "0", "0"),
    ("May", "", "1050.10", "0", "64", "0"), ("Jun", "", "1118.40", "530", "0", "140"),
    ("Jul", "", "1206", "180", "41", "0"), ("Aug", "", "1236.20", "0", "0", "0"),
    ("Sep", "", "1348.30", "760", "90", "0"), ("Oct", "", "1451.60", "620", "0", "300"),
]  # fmt: skip
_TIERS = {
    "Platinum": [71, 73, 75.5, 77, 79, 81, 84, 85.5, 88.5, 91, 94, 96.42],
    "Gold": [52, 55, 57, 62, 66, 68.5, 70, 75, 78, 80, 85, 88.15],
    "Silver": [44, 45.5, 48, 46, 45, 45.8, 47, 46, 46.6, 48, 48.8, 49.26],
    "Registered": [9.5, 10.5, 11, 12, 12.4, 12.2, 12.9, 13.2, 13, 13.8, 14, 14.48],
}


class SampleForm(forms.Form):
    """Fields of the registration page."""

    website = forms.CharField(
        label="Customer’s website", help_text="The company’s own domain. It decides which customer this is."
    )
    family = forms.ChoiceField(label="Product family", choices=_FAMILIES, widget=forms.RadioSelect)
    company = forms.CharField(label="Company name")
    country = forms.ChoiceField(label="Country", choices=[("FI", "Finland"), ("PL", "Poland")])
    revenue = forms.CharField(label="Expected monthly revenue")
    signature = forms.ChoiceField(label="Expected signature", choices=[("2027-01", "January 2027")])
    contact = forms.CharField(
        label="Contact at the customer", required=False,
        widget=forms.TextInput(attrs={"placeholder": "Name and work e-mail"}),
        help_text="With a name at lumisaari.fi, a later decision can tell you more.",
    )  # fmt: skip
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    letter = forms.FileField(label="Letter of the customer", required=False)
    agree = forms.BooleanField(label="The customer knows that we register this deal")
    roles = forms.MultipleChoiceField(
        label="Roles", choices=[("owner", "Owner"), ("seller", "Seller")],
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip


def page(request: HttpRequest) -> HttpResponse:
    """Return all components, or a whole page (``?page=console``, ``?page=run``); ``?rtl=1`` turns it round.

    404 without DEBUG.
    """
    if not settings.DEBUG:
        raise Http404
    rtl = bool(request.GET.get("rtl")) or get_language_bidi()
    good = {"website": "lumisaari.fi", "family": "security", "company": "Lumisaari Oy", "revenue": "480.00"}
    context = {
        "now": NOW,
        "force_dir": True if rtl else None,
        "form": SampleForm(initial=good, prefix="a"),
        "bad_form": SampleForm({"b-website": "lumisaari", "b-family": "backup", "b-revenue": "much"}, prefix="b"),
        "icons": sorted(ICONS),
        "kinds": [(kind, states_of(kind)) for kind in kinds()],
        "filter_options": [("all", "All"), ("gold", "Gold"), ("silver", "Silver")],
        "page_of": Paginator(range(287), 25).page(3),
        "queue": _QUEUE,
        "item": request.GET.get("item", ""),
        **_times(),
        **_charts(rtl=rtl),
        **_lists(),
    }
    return render(request, _PAGES.get(request.GET.get("page", ""), "styleguide.html"), context)


_PAGES = {"console": "styleguide_console.html", "run": "styleguide_run.html"}
_QUEUE = [
    (
        "شرکت ارس تجارت",
        "Pardis Link FZ",
        "Connectivity",
        "Late 5 h",
        "late",
        "No domain that identifies it",
        "warn",
        "warning",
    ),
    (
        "Spółdzielnia Mleczna Narew",
        "Bursztyn IT Sp. z o.o.",
        "Backup",
        "Due in 38 min",
        "soon",
        "2 findings to review",
        "warn",
        "warning",
    ),
    ("Kivi Robotics Oy", "Aldervik Oy", "Security", "Due in 5 h", "", "Clean", "ok", "check"),
    (
        "Spółdzielnia Mleczna Narew",
        "Wisła Systems S.A.",
        "Backup",
        "Due in 6 h",
        "",
        "Behind an earlier submission",
        "",
        "pause",
    ),
    ("青岚物流有限公司", "Haibin Digital", "Workspace", "Tomorrow 09:30", "", "Clean", "ok", "check"),
]


def _times() -> dict[str, object]:
    hour, days = dt.timedelta(hours=1), dt.timedelta(days=1)
    return {
        "late": NOW - 5 * hour, "soon": NOW + dt.timedelta(minutes=38), "later": NOW + 5 * hour,
        "in_days": NOW + 21 * days, "began": NOW - 60 * days, "ends": NOW + 6.5 * days,
        "on": dt.date(2026, 11, 29), "next_year": dt.date(2027, 1, 9),
        "amount": Decimal("41280.5"), "minus": Decimal(-60),
    }  # fmt: skip


def _charts(*, rtl: bool) -> dict[str, object]:
    months = [
        chart.Month(
            label, (Decimal(a), Decimal(b), Decimal(c), Decimal(d)), note="pending" if label == "Oct" else note,
            taken_back=Decimal(-60) if label == "Apr" else 0, pending=label == "Oct", selected=label == "Mar",
            href=f"?month={label}",
        )
        for label, note, a, b, c, d in _MONTHS
    ]  # fmt: skip

    def whole(value: Decimal) -> str:
        return formats.money_rounded(value, "EUR")

    def thousands(value: Decimal) -> str:
        return f"€{value:.0f}k"

    lines = [chart.Series(name, tuple(values)) for name, values in _TIERS.items()]
    changes = [
        Decimal(4210),
        Decimal("1386.4"),
        Decimal("412.75"),
        Decimal("-1874.2"),
        Decimal("-1122.1"),
        Decimal(-640),
        Decimal("-234.9"),
    ]
    causes = [
        ("New customers", "9 started"), ("Upgrades", "14 subscriptions"), ("Tier changes", "2 partners to Gold"),
        ("Past month 12", "6 fall to 10 %"), ("Customers ended", "4 ended"),
        ("Clawbacks", "1 left within 90 days"), ("Corrected shares", "1 split"),
    ]  # fmt: skip
    return {
        "bars": chart.bar_chart(months, ["Recurring", "Upfront", "Renewal", "SPIFF"], show=whole, rtl=rtl),
        "bar_columns": ["Month", "Recurring", "Upfront", "Renewal", "SPIFF"],
        "bar_rows": [[m[0], *(formats.money(Decimal(v), "EUR") for v in m[2:])] for m in _MONTHS],
        "lines": chart.line_chart(
            [(m[0], m[1]) for m in _MONTHS], lines, show=thousands,
            show_end=lambda v: formats.money_rounded(v * 1000, "EUR"), rtl=rtl,
        ),
        "rising": chart.spark([62, 64, 64, 66, 71, 70, 72, 73, 77, 74, 74, 77.3], rtl=rtl),
        "span": chart.interval(49, 82, 134, scale=[(0, "0"), (90, "90"), (180, "180")], rtl=rtl),
        "falls": list(zip(causes, changes, chart.waterfall(changes), strict=True)),
        "falls_sum": sum(changes),
    }  # fmt: skip


def _lists() -> dict[str, object]:
    def at(day: int, hour: int, minute: int) -> dt.datetime:
        return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)

    return {
        "deals": [
            ("Haapala Foods Oy", "Security", "Negotiation", "ends_soon", 6, 90, dt.date(2026, 11, 29), "warn"),
            ("Suvanto Clinics Oy", "Workspace", "Proposal", "approved", 21, 90, dt.date(2026, 12, 14), "ok"),
            ("Łódzkie Zakłady Optyczne S.A.", "Backup", "Qualified", "approved", 47, 90, dt.date(2027, 1, 9), "ok"),
            ("شرکت ارس تجارت", "Connectivity", "Proposal", "approved", 70, 90, dt.date(2027, 2, 1), "ok"),
        ],
        "entries": [
            ("Fjordlys Energi AS", "Workspace", Decimal("0.5"), "Recurring", Decimal("111.25")),
            ("Kaarna Logistics Oy", "Backup", Decimal(1), "Recurring", Decimal(48)),
            ("Pihlaja Dental Oy", "Workspace", Decimal("0.6"), "Recurring", Decimal("19.65")),
            ("北湾贸易有限公司", "Backup", Decimal(1), "Recurring", Decimal(180)),
        ],
        "events": [
            {"at": at(20, 9, 5), "actor": "Wisła Systems", "text": "submitted the same customer and family. Place 2."},
            {"at": at(19, 11, 20), "actor": "Ewa Maj", "text": "submitted in the portal. Rules v12 found 2 to review."},
            {"at": at(2, 0, 10), "actor": "", "text": "expired by rule.", "href": "#", "link": "R-2288",
             "reason": "No extension asked."},
        ],
        "diffs": [
            {"name": "Gold, months 1 to 12", "was": "22 %", "now": "25 %", "change": "+3 points", "kind": "changed"},
            {"name": "SPIFF bonus Security", "was": "", "now": "€300.00", "change": "+€300.00", "kind": "added"},
        ],
        "tasks": [
            {"title": "Sign the partner agreement", "state": "done", "note": "12 October by Jere Salmi"},
            {"title": "Add your payout details", "state": "open", "note": "Nothing is paid before that.",
             "href": "#", "action": "Add details"},
            {"title": "Confirm the territory", "state": "waiting", "note": "Waits for Anna Kowal"},
            {"title": "Register the first deal", "state": "blocked", "note": "After the agreement is signed by both"},
        ],
    }  # fmt: skip
