"""A limit of requests per key and minute, told in ``RateLimit-*`` headers."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from prm.api.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a window: requests, and seconds until the next window."""

    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> Mapping[str, str]:
        """Return the headers that tell it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_SECONDS}",
        }


def spend(client: str, *, at: float | None = None) -> Allowance | None:
    """Count one request of ``client`` in the minute of ``at`` (seconds since 1970; default: now).

    Raises ``Refusal`` (429) over the limit. Without the cache server nothing is counted and nobody is
    refused: the limit protects the service, it is not what keeps partners apart.
    """
    moment = time.time() if at is None else at
    limit = settings.API_REQUESTS_PER_MINUTE
    window, elapsed = divmod(int(moment), WINDOW_SECONDS)
    name = f"api-rate:{client}:{window}"
    try:
        cache.add(name, 0, timeout=2 * WINDOW_SECONDS)
        used = cache.incr(name)
    except (RedisError, ValueError):  # ValueError: the entry was evicted between the two calls
        logger.warning("requests are not counted: the cache server does not answer")
        return None
    allowance = Allowance(limit, max(0, limit - used), WINDOW_SECONDS - elapsed)
    if used > limit:
        raise Refusal(
            HTTPStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            _("Too many requests; please wait."),
            headers={**allowance.headers(), "Retry-After": str(allowance.reset_seconds)},
        )
    return allowance
