"""What a person reads when the database refuses a deal, by the name of the constraint."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "registration_protected_once": _("Another partner is protected on this customer and family."),
    "registration_own_duplicate": _("The partner already has an open registration on this customer and family."),
    "registration_submitted_has_account": _("Only a draft may have no customer."),
    "registration_external_id_once": _("A registration with this external id exists already."),
    "registration_expected_mrr_sane": _("The expected monthly revenue is out of range."),
    "registration_distributor_is_another": _("A partner cannot be its own distributor."),
    "account_external_id_once": _("A customer with this external id exists already."),
    "opportunity_external_id_once": _("An opportunity with this external id exists already."),
    "opportunity_dates_in_order": _("An opportunity closes after it was opened."),
    "named_account_dates_in_order": _("The last day comes before the first."),
    "named_account_has_one_policy": _("The policy is the list's; an entry without a list has its own."),
    "named_account_key": _("The customer is on this list from that day already."),
    "named_account_no_overlap": _("The customer is on this list on some of these days already."),
    "family_requirement_key": _("The family asks for that already."),
    "family_requirement_of_people": _("At least one person is certified."),
    "rules_no_overlap": _("Another version of the rules is in force on some of these days."),
    "rules_dates_in_order": _("A version ends after it begins."),
    "rules_version_is_kept": _("A version that is or was in force stays as it is. Make a new one."),
    "subscription_external_id_once": _("A subscription with this external id exists already."),
    "subscription_currency_known": _("That currency is not known."),
    "mrr_change_one_a_day": _("There is an MRR change on that day already."),
    "mrr_not_negative": _("MRR cannot be negative."),
    "mrr_not_absurd": _("The amount is out of range."),
    "credit_shares_within_100": _("The sourced shares of this subscription would add up to more than 100 %."),
    "credit_no_overlap": _("The partner is credited in this role on some of these days already."),
    "credit_share_0_to_100": _("A share is between 0 and 100 %."),
}
