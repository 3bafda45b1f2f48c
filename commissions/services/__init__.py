"""Writes of the commission app, each in one transaction."""
