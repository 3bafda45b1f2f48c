"""Tables of the kernel."""

from prm.models.idempotency import IdempotencyKey
from prm.models.people import User
from prm.models.program import Currency, FxRate, Holiday, NumberSeries, PriceIndex, Program
from prm.models.trail import AuditEvent, OutboxMessage

__all__ = [
    "AuditEvent",
    "Currency",
    "FxRate",
    "Holiday",
    "IdempotencyKey",
    "NumberSeries",
    "OutboxMessage",
    "PriceIndex",
    "Program",
    "User",
]
