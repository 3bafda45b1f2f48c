"""Measures the decision on a registration at scale."""
