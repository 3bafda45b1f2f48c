"""Tiers: evaluations, warnings and tiers by hand."""
