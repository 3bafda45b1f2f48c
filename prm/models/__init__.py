"""Tables of the kernel."""

from prm.models.idempotency import IdempotencyKey
from prm.models.people import User
from prm.models.program import Currency, FxRate, NumberSeries, PriceIndex, Program
from prm.models.trail import AuditEvent, OutboxMessage

__all__ = [
    "AuditEvent",
    "Currency",
    "FxRate",
    "IdempotencyKey",
    "NumberSeries",
    "OutboxMessage",
    "PriceIndex",
    "Program",
    "User",
]
