"""Small things inside a line of text: icons, chips, money, dates, countdowns."""

import datetime as dt
from decimal import Decimal

from django.template.defaultfilters import stringfilter
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm import formats
from prm.ui.icons import ICONS, MIRRORED
from prm.ui.states import state_of
from prm.ui.tags.library import register

_WARN_SHARE = Decimal("0.2")


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Return an icon; without a label it is decoration and hidden from screen readers. Unknown: ``KeyError``."""
    drawing = mark_safe(ICONS[name])  # noqa: S308 - our own constant
    classes = " ".join(filter(None, ["i", "mirror" if name in MIRRORED else "", css]))
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>', classes, label, drawing
        )
    return format_html('<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', classes, drawing)


@register.filter
def country_name(code: str) -> str:
    """``{{ partner.country|country_name }}``: the country's name in the page's language."""
    return formats.country(code)


@register.filter
def isolated(name: str) -> SafeString:
    """``{% head partner.name|isolated %}``: a name keeps its own direction, full stops included."""
    return format_html("<bdi>{}</bdi>", name)


@register.filter(is_safe=True)
@stringfilter
def one_stop(sentence: str) -> str:
    """``{{ message|one_stop }}``: no second full stop behind a company's name that ends in one."""
    return formats.one_stop(sentence)


@register.simple_tag
def chip(kind: str, code: str, word: str = "", tone: str = "", icon_name: str = "") -> SafeString:
    """Return the chip of a state, from the state dictionary; ``word`` says it more exactly (``6 days left``)."""
    state = state_of(kind, code)
    return badge(word or str(state.word), tone=tone or state.tone, icon_name=icon_name or state.icon)


@register.simple_tag
def badge(word: str, tone: str = "neutral", icon_name: str = "") -> SafeString:
    """Return a chip that is no state: a tier, a tag."""
    drawing = icon(icon_name) if icon_name else ""
    return format_html('<span class="chip t-{}">{}{}</span>', tone, drawing, word)


@register.simple_tag
def mark(word: str, tone: str = "", icon_name: str = "") -> SafeString:
    """Return an icon and a word without a chip: ``Same``, ``Differs``, ``2 findings to review``."""
    drawing = icon(icon_name) if icon_name else ""
    return format_html('<span class="mark {}">{}{}</span>', tone, drawing, word)


@register.simple_tag
def state_word(kind: str, code: str) -> str:
    """Return the word of a state as plain text."""
    return str(state_of(kind, code).word)


@register.simple_tag
def state_why(kind: str, code: str) -> str:
    """Return the sentence why, for detail pages."""
    return str(state_of(kind, code).why)


@register.simple_tag
def money(amount: Decimal | None, currency: str, signed: bool = False, css: str = "") -> SafeString:  # noqa: FBT001, FBT002
    """``<bdi class="num">€41,280.50</bdi>``; a dash for ``None``."""
    text = "–" if amount is None else formats.money(amount, currency, signed=signed)
    return format_html('<bdi class="{}" dir="ltr">{}</bdi>', f"num {css}".strip(), text)


@register.simple_tag
def num(value: Decimal | float | None, places: int | None = None, signed: bool = False) -> SafeString:  # noqa: FBT001, FBT002
    """Return a grouped number; a dash for ``None``."""
    text = "–" if value is None else formats.number(value, places=places, signed=signed)
    return format_html('<bdi class="num" dir="ltr">{}</bdi>', text)


@register.simple_tag
def percent(fraction: Decimal | float | None, places: int | None = None) -> SafeString:
    """``61 %`` of the fraction 0.61; a dash for ``None``."""
    text = "–" if fraction is None else formats.percent(fraction, places=places)
    return format_html('<bdi class="num" dir="ltr">{}</bdi>', text)


@register.simple_tag
def day(value: dt.date | None, style: str = "long") -> SafeString | str:
    """Return a day in ``<time>``: ``long`` 22 November 2026, ``short`` 22 Nov, ``weekday`` Sunday 22 November."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.day(value, style=style))


@register.simple_tag
def moment(value: dt.datetime | None, style: str = "short") -> SafeString | str:
    """Return an instant in ``<time>``: ``20 Nov 09:05``."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.moment(value, style=style))


@register.simple_tag
def month(value: dt.date | None, style: str = "long") -> str:
    """``March 2026``; ``name`` March, ``short`` Mar."""
    return "–" if value is None else formats.month(value, style=style)


@register.simple_tag(takes_context=True)
def countdown(context: dict[str, object], due: dt.datetime, started: dt.datetime | None = None) -> SafeString:
    """Return ``Due in 5 h``, refreshed each minute by app.js.

    Amber when under a fifth of the time since ``started`` is left (under four hours when that is unknown), red when
    past. ``now`` in the context fixes the clock.
    """
    given = context.get("now")
    now = given if isinstance(given, dt.datetime) else timezone.now()
    left = due - now
    total = due - started if started else dt.timedelta(hours=20)
    warn_seconds = int(total.total_seconds() * float(_WARN_SHARE))
    tone = "bad" if left <= dt.timedelta() else "warn" if left.total_seconds() < warn_seconds else ""
    return format_html(
        '<time class="countdown nowrap {}" datetime="{}" data-warn="{}" title="{}">{}</time>',
        tone,
        due.isoformat(),
        warn_seconds,
        formats.moment(due),
        time_left(left),
    )


def time_left(left: dt.timedelta) -> str:
    """``Due in 38 min``, ``Due in 5 h``, ``6 days left``, ``Late 5 h``: the largest unit that says it honestly."""
    late = left <= dt.timedelta()
    minutes = int(abs(left).total_seconds() // 60)
    amount, unit = _largest_unit(minutes)
    if late:
        return _("Late %(time)s") % {"time": _short(amount, unit)}
    if unit == "d":
        return ngettext("%(count)d day left", "%(count)d days left", amount) % {"count": amount}
    return _("Due in %(time)s") % {"time": _short(amount, unit)}


def _largest_unit(minutes: int) -> tuple[int, str]:
    hours = minutes // 60
    if hours >= 48:  # noqa: PLR2004 - two days
        return hours // 24, "d"
    return (hours, "h") if hours else (minutes, "min")


def _short(amount: int, unit: str) -> str:
    if unit == "d":
        return ngettext("%(count)d day", "%(count)d days", amount) % {"count": amount}
    return (_("%(count)d h") if unit == "h" else _("%(count)d min")) % {"count": amount}


@register.inclusion_tag("components/meter.html")
def meter(
    value: Decimal | float, maximum: Decimal | float, label: str, tone: str = "", tick: Decimal | float | None = None
) -> dict[str, object]:
    """Return a 4 px bar; ``label`` says the same in words, ``tick`` marks where it should be."""
    top = float(maximum) or 1.0
    at = None if tick is None else f"{max(0.0, min(1.0, float(tick) / top)) * 100:.1f}"
    filled = max(0.0, min(float(value), top))
    return {"value": f"{filled:g}", "max": f"{top:g}", "label": label, "tone": tone, "tick": at}


@register.simple_tag
def copy(text: str, label: str = "") -> SafeString:
    """Return the text and a button that copies it (the button works with JavaScript only, the text is selectable)."""
    name = label or _("Copy")
    return format_html(
        '<bdi dir="ltr" class="mono">{}</bdi> <button type="button" class="btn icon" data-copy="{}" aria-label="{}">{}'
        "</button>",
        text,
        text,
        name,
        icon("copy"),
    )
