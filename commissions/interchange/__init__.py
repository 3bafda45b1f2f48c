"""The commissions' files of the interchange folder."""
