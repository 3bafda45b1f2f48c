"""Form parts: a field with its label, hint and error, the summary of errors, segmented choices, filters."""

from collections.abc import Iterable
from typing import Any

from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils.safestring import SafeString

from prm.ui.tags.library import register


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, *, label: str = "", hint: str | None = None, affix: str = "", css: str = "", **attrs: str
) -> dict[str, object]:
    """Return one field of a form with its label, hint and errors.

    ``affix`` stands inside the input (``EUR``); ``label`` and ``hint`` replace the form's own (an empty hint leaves it
    out). Further names become attributes of the input, with ``_`` for ``-``: ``hx_get=url``, ``data_domain="1"``.
    """
    told = str(bound.help_text) if hint is None else hint
    ids = described_by(bound, hint=told)
    extra: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attrs.items()}
    if ids:
        extra["aria-describedby"] = ids
    if bound.errors:
        extra["aria-invalid"] = "true"
    widget = bound.field.widget
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": told,
        "affix": affix,
        "css": css,
        "control": SafeString(bound.as_widget(attrs=extra)),
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, RadioSelect | CheckboxSelectMultiple),
        "ids": ids,
    }


def described_by(bound: BoundField, *, hint: str) -> str:
    """Return the ids of hint and error, in the order that a screen reader should say them."""
    base = bound.auto_id or bound.html_name
    parts = [f"{base}_hint"] if hint else []
    if bound.errors:
        parts.append(f"{base}_error")
    return " ".join(parts)


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, object]:
    """Return what is wrong, at the top, with links to the fields; nothing when all is well. Takes the focus."""
    rows = [(bound, _target(bound), message) for form in forms for bound in _visible(form) for message in bound.errors]
    general = [message for form in forms if form.is_bound for message in form.non_field_errors()]
    return {"rows": rows, "general": general, "count": len(rows) + len(general)}


def _target(bound: BoundField) -> str:
    """Return the id to jump to; a group of choices has none of its own, its first choice has."""
    return bound.id_for_label or f"{bound.auto_id}_0"


def _visible(form: BaseForm) -> Iterable[BoundField]:
    return [bound for bound in form if bound.errors] if form.is_bound else []


@register.inclusion_tag("components/segmented.html")
def segmented(bound: BoundField, wrap: bool = True, **attrs: str) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Return a row of radio buttons for two to five short choices."""
    extra = {name.replace("_", "-"): value for name, value in attrs.items()}
    selected = "" if bound.value() is None else str(bound.value())
    choices: list[tuple[Any, Any]] = [(value, word) for value, word in _choices(bound) if value not in ("", None)]
    return {
        "field": bound,
        "choices": [(str(value), word, str(value) == selected) for value, word in choices],
        "wrap": wrap,
        "attrs": extra,
        "ids": described_by(bound, hint=str(bound.help_text)),
    }


def _choices(bound: BoundField) -> Iterable[tuple[Any, Any]]:
    return getattr(bound.field, "choices", ())


@register.inclusion_tag("components/filter.html")
def filter_select(name: str, label: str, options: Iterable[tuple[Any, Any]], value: Any = "") -> dict[str, object]:
    """One filter of a GET form: ``Manager All``. ``options`` are (value, word); the first is the neutral one."""
    rows = [(str(code), word, str(code) == str(value)) for code, word in options]
    on = bool(rows) and any(chosen for _code, _word, chosen in rows[1:])
    return {"name": name, "label": label, "options": rows, "on": on}
