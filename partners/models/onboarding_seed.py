"""The checklists that the product brings; administrators change them in versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from django.apps.registry import Apps

STEPS = (
    (gettext_noop("Sign the agreement"), "agreement", "partner", True, 7),
    (gettext_noop("Complete the company profile"), "profile", "partner", True, 7),
    (gettext_noop("Send in the tax form"), "tax_form", "partner", True, 21),
    (gettext_noop("Enter the payout account"), "payout_method", "partner", True, 21),
    (gettext_noop("Invite your people"), "people", "partner", False, 14),
    (gettext_noop("Pass the first training"), "training", "partner", True, 45),
    (gettext_noop("Agree on a joint business plan"), "plan", "vendor", False, 60),
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


PAPER_STEP = gettext_noop("Send the company registration")


def install_paper_steps(apps: Apps, _editor: Any) -> None:
    """Write the step that asks for a paper into version 1 of each type, as an optional one."""
    template_model, step_model = (
        apps.get_model("partners", "ChecklistTemplate"),
        apps.get_model("partners", "ChecklistStep"),
    )
    for template in template_model.objects.filter(version=1, type__in=TYPES):
        values = {"asks_files": True, "side": "partner", "required": False, "due_days": 21, "position": len(STEPS)}
        step_model.objects.get_or_create(template=template, title=PAPER_STEP, defaults=values)
