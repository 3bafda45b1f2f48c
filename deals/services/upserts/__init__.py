"""Writes of other systems by their own ids: a repeat changes nothing, what is not named stays as it is."""

from deals.services.upserts.accounts import upsert_account

__all__ = ["upsert_account"]
