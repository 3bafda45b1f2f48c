"""What figures call approved, and decided."""

from django.db.models import Q

from deals.models import UNDECIDED_STATUSES, RegistrationStatus

WAS_APPROVED = Q(decided_at__isnull=False) & ~Q(
    status__in=(RegistrationStatus.DRAFT, RegistrationStatus.REJECTED, *UNDECIDED_STATUSES)
)
"""``decided_at`` is the moment of the approval: from there no way leads back to review but that of a merge."""

WAS_DECIDED = Q(status__in=(RegistrationStatus.WON, RegistrationStatus.LOST, RegistrationStatus.EXPIRED)) | (
    Q(status=RegistrationStatus.WITHDRAWN) & WAS_APPROVED
)
"""Closed after approval, on ``closed_on``: won, lost, expired, or withdrawn."""
