"""What a person reads when the database refuses a change of this app's tables."""

from django.utils.translation import gettext_lazy as _

DATES = _("The first day must come before the end.")

SENTENCES = {
    "commissions_plan_code_key": _("Another plan has this code."),
    "plan_basis_known": _("This basis is not known."),
    "plan_clawback_known": _("This kind of clawback is not known."),
    "plan_cap_not_negative": _("A cap cannot be negative."),
    "plan_minimum_not_negative": _("A minimum payout cannot be negative."),
    "plan_one_default": _("Another plan is the default already; there can be one."),
    "plan_dates_in_order": DATES,
    "plan_assignment_key": _("The partner has another plan from the same day."),
    "plan_no_overlap": _("The partner is on another plan on some of these days."),
    "rule_dates_in_order": DATES,
    "rule_kind_known": _("This kind of commission is not known."),
    "rule_role_known": _("This role is not known."),
    "rule_product_or_family": _("A rule names a product or a family, not both."),
    "rule_ages_in_order": _("Customer months begin at 1 and end after they begin."),
    "rule_rate_or_amount": _("A SPIFF bonus has an amount and no rate; every other kind has a rate and no amount."),
    "rule_rate_sane": _("A rate lies between 0 and 10,000 %."),
    "rule_amount_sane": _("An amount lies between 0 and 1,000,000,000,000."),
    "rule_amount_has_currency": _("A SPIFF bonus and an accelerator name their currency."),
    "rule_threshold_only_accelerator": _("Only an accelerator has a threshold, and not a negative one."),
    "rule_minimum_mrr_only_spiff": _("Only a SPIFF bonus has a minimum MRR, and not a negative one."),
    "rule_accelerator_is_plain": _("An accelerator is for all products, roles and customer months."),
    "rule_no_tie": _(
        "Another rule in force says the same for some of the same days and customer months: nobody could tell which "
        "one counts."
    ),
    "rule_key": _("Another rule in force has the same fields and the same first day."),
    "commissions_run_number_key": _("Another run has this number."),
    "run_status_known": _("This state is not known."),
    "run_period_first_day": _("A period is named by the first day of its month."),
    "run_one_draft_a_period": _("Another run of this month is being calculated or waits for approval."),
    "entry_is_the_difference": _("An entry is what is earned less what was posted before, and never zero."),
    "entry_period_first_day": _("A period is named by the first day of its month."),
    "entry_key": _("The run has this entry already."),
    "adjustment_not_zero": _("An adjustment of nothing changes nothing."),
    "adjustment_has_reason": _("Say why: the reason stands on the statement."),
    "adjustment_kind_known": _("This kind of commission is not known."),
    "adjustment_period_first_day": _("A period is named by the first day of its month."),
    "adjustment_settles_a_key": _(
        "An adjustment that settles what was earned names the kind, the month and, but for an accelerator, the "
        "subscription."
    ),
    "adjustment_withdrawn_has_no_run": _("A withdrawn adjustment stands on no statement."),
    "adjustment_currency_known": _("This currency is not known."),
    "standing_difference_key": _("This difference is on the list already."),
    "standing_difference_decided_whole": _("A decision has a time, and settling has its adjustment."),
    "commissions_statement_number_key": _("Another statement has this number."),
    "statement_once": _("The partner has a statement of this run and currency already."),
    "statement_adds_up": _("The closing balance is not what its parts add up to."),
    "commissions_dispute_number_key": _("Another dispute has this number."),
    "dispute_status_known": _("This state is not known."),
    "dispute_outcome_when_answered": _("An answered dispute has an outcome, and no other has one."),
    "dispute_kind_known": _("This kind of commission is not known."),
    "dispute_period_first_day": _("A period is named by the first day of its month."),
    "dispute_has_subject": _("A dispute is about an entry, a subscription in a month, or a statement."),
    "dispute_due_while_open": _("A dispute is due while an answer is owed."),
    "dispute_closed_is_said": _("A closed dispute says when it was closed."),
    "dispute_one_open_a_key": _("You have asked about this already; the question is still open."),
    "dispute_one_open_a_statement": _("You have asked about this statement already; the question is still open."),
    "dispute_act_known": _("This act is not known."),
    "dispute_message_says_something": _("Write something."),
    "dispute_adjustment_answers": _("Only an answer carries an adjustment."),
    "subscription_currency_posted": _("A subscription's currency cannot change once commission is posted on it."),
    "program_first_period_posted": _("The first period cannot be moved past a month for which commission is posted."),
}
