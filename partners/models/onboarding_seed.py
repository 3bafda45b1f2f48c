"""The checklists that the product brings; administrators change them in versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as noop

if TYPE_CHECKING:
    from django.apps.registry import Apps

STEPS = (
    (noop("Sign the agreement"), "agreement", "partner", True, 7),
    (noop("Complete the company profile"), "profile", "partner", True, 7),
    (noop("Send in the tax form"), "tax_form", "partner", True, 21),
    (noop("Enter the payout account"), "payout_method", "partner", True, 21),
    (noop("Invite your people"), "people", "partner", False, 14),
    (noop("Pass the first training"), "training", "partner", True, 45),
    (noop("Agree on a joint business plan"), "plan", "vendor", False, 60),
)
REFERRAL_LEAVES_OUT = frozenset({"training", "plan"})
TYPES = ("reseller", "referral", "msp", "distributor", "software_vendor")


def install_checklists(apps: Apps, _editor: Any) -> None:
    """Write version 1 for each type; what is there already stays."""
    template_model, step_model = (
        apps.get_model("partners", "ChecklistTemplate"),
        apps.get_model("partners", "ChecklistStep"),
    )
    for kind in TYPES:
        template, made = template_model.objects.get_or_create(type=kind, version=1)
        if not made:
            continue
        for position, (title, fact, side, required, days) in enumerate(STEPS):
            if kind == "referral" and fact in REFERRAL_LEAVES_OUT:
                continue
            step_model.objects.create(
                template=template,
                title=title,
                fact=fact,
                side=side,
                required=required,
                due_days=days,
                position=position,
            )
