"""Cohorts: partners by when they were activated."""

from __future__ import annotations

from partners.models import Partner


def cohort_years() -> list[int]:
    """Return the years in which partners were activated, the latest first."""
    began = Partner.objects.filter(activated_on__isnull=False)
    return [day.year for day in began.dates("activated_on", "year", order="DESC")]
