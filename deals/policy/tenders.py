"""What the rules of engagement mean while a manager lets several partners bid (deal rules, section 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deals.policy.settings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deals.policy.decision import Finding

SET_ASIDE = frozenset({"protected", "rival_pending"})
"""Rules about others on the customer: in a tender others are expected."""


def for_a_bidder(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what stays for a bidder: others do not stand in its way, and an incumbent only asks for a look."""
    for finding in findings:
        if finding.code in SET_ASIDE:
            continue
        if finding.code == "incumbent" and finding.severity is Severity.BLOCK:
            yield replace(finding, severity=Severity.REVIEW)
        else:
            yield finding
