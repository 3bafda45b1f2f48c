"""The partners' files of the interchange folder."""
