"""Whether commission was posted on a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commissions.models import Entry, RunStatus

if TYPE_CHECKING:
    from collections.abc import Collection


def is_posted_on(subscription_ids: Collection[int]) -> bool:
    """Return whether an approved run has entries on any of the subscriptions."""
    return Entry.objects.filter(subscription_id__in=subscription_ids, run__status=RunStatus.APPROVED).exists()
