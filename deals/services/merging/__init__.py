"""Two customers that are one: merged with everything they have, and taken apart again within 30 days."""

from deals.services.merging.merge import merge_accounts
from deals.services.merging.undo import undo_merge

__all__ = ["merge_accounts", "undo_merge"]
