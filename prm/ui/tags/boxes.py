"""Block tags with a body: sections, notices, verdicts, dialogs, empty states."""

from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from prm.ui.tags.library import register

_VERDICTS = {
    "idle": ("idle", "info"),
    "checking": ("idle", "retry"),
    "available": ("ok", "check"),
    "review": ("warn", "warning"),
    "not_available": ("bad", "ban"),
    "unknown": ("neutral", "question"),
}


@register.simple_block_tag(end_name="endsection")
def section(
    content: str,
    title: str,
    *,
    note: str = "",
    href: str = "",
    link: str = "",
    total: str = "",
    id: str = "",  # noqa: A002
) -> SafeString:
    """Return an h2 over one stronger line, and what follows; ``note`` muted beside it, ``href``/``link`` at the end."""
    return render_to_string(
        "components/section.html",
        {"content": content, "title": title, "note": note, "href": href, "link": link, "total": total, "id": id},
    )


@register.simple_block_tag(end_name="endhead")
def head(content: str, title: str, state: str = "", chip: str = "") -> SafeString:
    """Return the page's h1, the one-line state under it, and the actions (the body) at the end of the line."""
    return render_to_string(
        "components/head.html", {"content": _trimmed(content), "title": title, "state": state, "chip": chip}
    )


@register.simple_block_tag(end_name="endnotice")
def notice(content: str, title: str = "", tone: str = "", icon: str = "") -> SafeString:
    """Return a quiet box: an explanation, a consequence, a note. A tone only when it is a warning."""
    return render_to_string("components/notice.html", {"content": content, "title": title, "tone": tone, "icon": icon})


@register.simple_tag
def verdict(state: str = "idle", title: str = "", text: str = "", id: str = "verdict") -> SafeString:  # noqa: A002
    """Return the live verdict: one shape for all states (idle, checking, available, review, not_available, unknown)."""
    tone, icon = _VERDICTS[state]
    return render_to_string(
        "components/verdict.html",
        {"state": state, "title": title, "text": text, "id": id, "tone": tone, "icon": icon},
    )


@register.simple_tag
def empty(kind: str, title: str, text: str = "", href: str = "", action: str = "") -> SafeString:
    """Nothing here, and why: ``none`` yet, none match the ``filter``, ``denied``, ``failed``; one action at most."""
    words = action or {"filter": _("Clear the filter"), "failed": _("Try again")}.get(kind, "")
    return render_to_string(
        "components/empty.html", {"kind": kind, "title": title, "text": text, "href": href, "action": words}
    )


@register.simple_block_tag(takes_context=True, end_name="enddialog")
def dialog(context: Context, content: str, id: str, title: str, drawer: bool = False) -> SafeString:  # noqa: A002, FBT001, FBT002
    """Return a modal ``<dialog>``, opened by ``<button data-dialog="ID">``; the body holds the form with its buttons.

    Only to confirm what cannot be undone; the link or form behind the button must also work without JavaScript.
    """
    return render_to_string(
        "components/dialog.html", {"content": content, "id": id, "title": title, "drawer": drawer, **_request(context)}
    )


@register.simple_block_tag(end_name="endkeyfigure")
def keyfigure(content: str, name: str, value: str, text: str = "", foot: str = "") -> SafeString:
    """Name, value, one sentence, then the body (a spark or interval), then date, n and links."""
    return render_to_string(
        "components/keyfigure.html",
        {"content": _trimmed(content), "name": name, "value": value, "text": text, "foot": foot},
    )


@register.simple_block_tag(end_name="endexplain")
def explain(content: str, title: str, formula: str = "", text: str = "") -> SafeString:
    """How an amount was computed: the formula at 15 px, one plain line, one action (the body)."""
    return render_to_string(
        "components/explain.html", {"content": _trimmed(content), "title": title, "formula": formula, "text": text}
    )


def _trimmed(content: str) -> SafeString:
    """Return the body without white space around it; a block tag's body is rendered HTML already."""
    return mark_safe(content.strip())  # noqa: S308


def _request(context: Context) -> dict[str, object]:
    return {"request": context.get("request")}
