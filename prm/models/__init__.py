"""Tables of the kernel."""

from prm.models.people import User
from prm.models.program import Currency, FxRate, NumberSeries, Program
from prm.models.trail import AuditEvent, OutboxMessage

__all__ = ["AuditEvent", "Currency", "FxRate", "NumberSeries", "OutboxMessage", "Program", "User"]
