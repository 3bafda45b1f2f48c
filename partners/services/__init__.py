"""Writes of the app: who."""

from partners.services.activity import record_activity

__all__ = ["record_activity"]
