"""Partners in the console's search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from prm.search import Hit, Source

if TYPE_CHECKING:
    from prm.actors import Actor


def find_partners(actor: Actor, words: str, limit: int) -> list[Hit]:
    """Return partners by name, code or website; those whose name begins with the words first."""
    begins_first = Case(When(name__istartswith=words, then=Value(0)), default=Value(1))
    rows = Partner.objects.visible_to(actor).filter(
        Q(name__icontains=words) | Q(code__icontains=words) | Q(website__icontains=words)
    )
    return [
        Hit(
            title=partner.name,
            url=reverse("partners_manage:partner", args=[partner.code]),
            text=f"{partner.get_type_display()}, {partner.get_status_display()}",
            exact=partner.code == words.lower(),
        )
        for partner in rows.order_by(begins_first, "name", "pk")[:limit]
    ]


PARTNERS = Source(name="partners", label=_("Partners"), position=20, find=find_partners)
