"""Two questions about the last approved month: one that finance has answered with a reason, one that waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commissions.demo.partners import FINANCE
from commissions.demo.timeline import MONTHS, Timeline, at
from commissions.kinds import Kind
from commissions.queries.subjects import Asked, find_subject
from commissions.services.disputes import explain_dispute, open_dispute
from deals.models import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from commissions.demo.people import Cast
    from commissions.models import Dispute

ASKER = "aldervik"
SHARED, GROWN = "Fjordlys Energi AS", "Saimaa Boats Oy"


def ask(timeline: Timeline, cast: Cast) -> None:
    """Have Aldervik's owner ask about a shared customer and about one that has grown; finance answers the first."""
    first = _asked(
        timeline, cast, SHARED, "We closed this customer alone. Why is it half?", at(timeline.working_day(6), 10, 20)
    )
    explain_dispute(
        dispute_id=first.pk,
        reason="Nordhagen brought the customer with you: both of you signed for 50 % in the registration.",
        actor=cast.colleague(FINANCE),
        now=at(timeline.working_day(4), 15, 5),
    )
    _asked(
        timeline,
        cast,
        GROWN,
        "They pay us for more seats since the summer. Is the new price in this amount?",
        at(timeline.working_day(3), 9, 40),
    )


def _asked(timeline: Timeline, cast: Cast, customer: str, text: str, when: datetime) -> Dispute:
    actor = cast.actor(ASKER, "owner")
    subscription = Subscription.objects.get(account__name=customer)
    month = timeline.month(MONTHS - 2)
    asked = Asked(month=month, subscription=subscription.public_id, kind=Kind.RECURRING)
    subject = find_subject(actor, asked)
    if subject is None:
        raise LookupError(customer)
    return open_dispute(subject=subject, text=text, actor=actor, now=when)
