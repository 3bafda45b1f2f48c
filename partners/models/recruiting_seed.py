"""What a new installation asks applicants and offers as reasons; administrators change all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from django.apps.registry import Apps

QUESTIONS = (
    (
        "cloud_experience",
        gettext_noop("How long has your company sold or run cloud services?"),
        30,
        (
            gettext_noop("Not yet"),
            gettext_noop("Under two years"),
            gettext_noop("Two to five years"),
            gettext_noop("Over five years"),
        ),
    ),
    (
        "customer_base",
        gettext_noop("How many business customers do you serve?"),
        30,
        (gettext_noop("None yet"), gettext_noop("Up to 20"), gettext_noop("21 to 100"), gettext_noop("More than 100")),
    ),
    (
        "fit",
        gettext_noop("How well does our product fit what you sell today?"),
        20,
        (
            gettext_noop("We do not know yet"),
            gettext_noop("It would be something new"),
            gettext_noop("It complements what we sell"),
        ),
    ),
    (
        "willingness",
        gettext_noop("What are you ready to invest in the first year?"),
        20,
        (
            gettext_noop("Nothing for now"),
            gettext_noop("One person, part of the time"),
            gettext_noop("A trained team of our own"),
        ),
    ),
)
REASONS = (
    ("approve", gettext_noop("Welcome. Your experience is what our customers look for.")),
    ("reject", gettext_noop("We have enough partners in your region at the moment.")),
    ("reject", gettext_noop("Your offer and ours do not fit each other well enough.")),
    ("ask", gettext_noop("Please tell us about two customers of the last year.")),
    ("ask", gettext_noop("Please tell us who would sell and who would support the product.")),
)


def install_recruiting(apps: Apps, _editor: Any) -> None:
    """Write questions and reasons; what is there already stays."""
    question_model, choice_model = (
        apps.get_model("partners", "ScreeningQuestion"),
        apps.get_model("partners", "ScreeningChoice"),
    )
    for position, (code, text, weight, answers) in enumerate(QUESTIONS):
        question, _made = question_model.objects.get_or_create(
            code=code, defaults={"text": text, "weight": weight, "position": position}
        )
        for points, answer in enumerate(answers):
            choice_model.objects.get_or_create(question=question, text=answer, defaults={"points": points})
    reason_model = apps.get_model("partners", "ApplicationReason")
    for position, (kind, text) in enumerate(REASONS):
        reason_model.objects.get_or_create(kind=kind, text=text, defaults={"position": position})
