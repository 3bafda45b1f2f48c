"""The deals' files of the interchange folder."""
