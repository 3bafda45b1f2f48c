"""What the rules of engagement mean while a manager lets several partners bid (deal rules, section 4)."""

from __future__ import annotations

from dataclasses import replace

from deals.policy.decision import Decision
from deals.policy.settings import Severity

SET_ASIDE = frozenset({"protected", "rival_pending"})
"""Rules about others on the customer: in a tender others are expected."""


def in_tender(decision: Decision) -> Decision:
    """Return ``decision`` for a bidder: others do not stand in its way, and an incumbent only asks for a look."""
    kept = (finding for finding in decision.findings if finding.code not in SET_ASIDE)
    return replace(
        decision,
        findings=tuple(
            replace(finding, severity=Severity.REVIEW)
            if finding.code == "incumbent" and finding.severity is Severity.BLOCK
            else finding
            for finding in kept
        ),
    )
