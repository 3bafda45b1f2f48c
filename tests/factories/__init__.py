"""Makers of rows for tests: plain functions, every field can be said."""
