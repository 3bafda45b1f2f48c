"""What surrounds a page: the bar with its navigation, breadcrumbs, panels that other apps add."""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString

from prm import navigation, panels
from prm.ui.tags.library import register

_MAX_INITIALS = 2


@register.inclusion_tag("components/bar.html", takes_context=True)
def bar(context: Context, area: navigation.Area) -> dict[str, object]:
    """Return the top bar of an area with the items that this person may open."""
    request = context["request"]
    known = {str(name): value for name, value in context.flatten().items()}
    return {**known, "area": area, "items": navigation.items_for(request, area)}


@register.inclusion_tag("components/breadcrumb.html")
def breadcrumb(*parts: str) -> dict[str, object]:
    """``{% breadcrumb "Deals" deals_url "New" %}``: word and address in turn; the last word has no address."""
    pairs = [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]
    return {"pairs": pairs}


@register.simple_tag(takes_context=True)
def panel_area(context: Context, place: panels.Place, subject: Any = None) -> SafeString:
    """All panels that the apps put into this place, in order."""
    return panels.render(context["request"], place, subject=subject)


@register.filter
def initials(name: str) -> str:
    """``Anna Kowal`` is ``AK``; of an e-mail address the first letters of its name."""
    words = str(name).split("@", maxsplit=1)[0].replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in words[:_MAX_INITIALS]).upper() or "?"
