"""Writes of the app: who."""
