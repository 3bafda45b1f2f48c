"""What a person reads when the database refuses a change of this app's tables."""

from django.utils.translation import gettext_lazy as _

DATES = _("The first day must come before the end.")

SENTENCES = {
    "partners_partner_code_key": _("Another partner has this code."),
    "partner_type_known": _("This type of partner is not known."),
    "partner_status_known": _("This status is not known."),
    "status_dates_in_order": DATES,
    "status_key": _("The partner has another status from the same day."),
    "status_known": _("This status is not known."),
    "status_no_overlap": _("The partner has another status on some of these days."),
    "territory_key": _("The partner has this territory already."),
    "parent_dates_in_order": DATES,
    "parent_key": _("The partner has another parent from the same day."),
    "parent_is_another": _("A partner cannot be its own parent."),
    "parent_no_overlap": _("The partner has another parent on some of these days."),
    "parent_no_cycle": _("The partner would be above itself, over one or more steps."),
    "activity_key": _("This activity is recorded already."),
    "membership_key": _("This person belongs to the partner already; change the role there."),
    "membership_role_known": _("This role is not known."),
    "certification_dates_in_order": DATES,
    "certification_key": _("The person has this certification from the same day already."),
    "psat_key": _("This person is invited for this partner in this wave already."),
    "psat_score_1_to_5": _("A score is a whole number from 1 to 5."),
    "psat_answer_complete": _("An answer has both a score and a time."),
    "partners_tier_code_key": _("Another tier has this code."),
    "partners_tier_rank_key": _("Another tier has this rank."),
    "tier_rank_from_1": _("Ranks begin at 1, the lowest tier."),
    "tier_protects_a_day": _("Protection lasts at least one day."),
    "tier_criterion_key": _("The tier asks for this figure already."),
    "tier_dates_in_order": DATES,
    "tier_assignment_key": _("The partner has another tier from the same day."),
    "tier_no_overlap": _("The partner holds another tier on some of these days."),
}
