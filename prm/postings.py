"""Whether money was posted on something: commissions registers the answer, lower apps ask before they undo a fact."""

from collections.abc import Callable, Collection

Check = Callable[[Collection[int]], bool]
"""Whether any of these subscriptions (by key) has commission in an approved run."""

_checks: list[Check] = []


def register(check: Check) -> None:
    """Set the check; registering again replaces it, so that ``ready`` may run twice."""
    _checks[:] = [check]


def is_posted_on(subscription_ids: Collection[int]) -> bool:
    """Return whether commission was posted on any of the subscriptions."""
    return bool(subscription_ids) and any(check(subscription_ids) for check in _checks)
