"""What a person reads when the database refuses a change of the kernel's tables."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "prm_user_email_key": _("Another person has this e-mail address."),
    "user_email_lower_case": _("E-mail addresses are kept in lower case."),
    "user_roles_known": _("One of these roles is not known."),
    "program_is_one_row": _("There is one program."),
    "program_first_period_is_a_month": _("A period is named by the first day of its month."),
    "program_calculation_day_in_every_month": _("Choose a day that every month has, 1 to 28, or 0 for none."),
    "program_survey_month_of_half_year": _("Choose a month from 1 to 6, or 0 for none; the other is six months later."),
    "program_review_month_of_half_year": _("Choose a month from 1 to 6; the other review is six months later."),
    "holiday_once": _("This day is a holiday already."),
    "fx_rate_once": _("This currency has a rate for the month already."),
    "fx_rate_positive": _("A rate is more than 0."),
    "price_index_positive": _("An index is more than 0."),
    "price_index_month_first_day": _("A month is named by its first day."),
    "program_gross_margin_is_a_share": _("A margin is between 0 and 100 %."),
    "fx_rate_month_first_day": _("A month is named by its first day."),
    "idempotency_key_once": _("This request was made already."),
    "immutable": _("This row is evidence and stays as it was written."),
}
