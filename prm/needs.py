"""What needs a partner's person now: the apps register providers, portal home prints one list and counts it.

Every need is one row with one action; what is due first stands first. The counter beside “Home” is the length of the
same list, and the sentence under the heading speaks of its first row::

    from prm import needs
    needs.register("deals", lambda request: [needs.Need(
        title=_("Answer a question on %(customer)s") % {...}, text=…, icon="question",
        url=reverse(…), action=_("Answer"), due_at=registration.due_at)])
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest

from prm.ui.states import Words

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Need:
    """``title`` begins with a verb where it can; ``started_at`` lets the countdown turn amber under 20 % left."""

    title: Words
    url: str
    action: Words
    text: Words = ""
    icon: str = "flag"
    due_at: datetime | None = None
    started_at: datetime | None = None


Provider = Callable[[HttpRequest], Iterable[Need]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add a provider, at most two queries each; the same name replaces it, so that ``ready`` may run twice."""
    _providers[name] = provider


def needs_of(request: HttpRequest) -> list[Need]:
    """Return what needs the person of this request, the first due first; asked once in a request."""
    known = getattr(request, "_needs", None)
    if known is None:
        found = [need for name in sorted(_providers) for need in _providers[name](request)]
        known = sorted(found, key=lambda need: need.due_at or _LATEST)
        request._needs = known  # type: ignore[attr-defined]  # noqa: SLF001 - the request is the cache
    return known
