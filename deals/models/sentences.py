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
    "subscription_external_id_once": _("A subscription with this external id exists already."),
    "subscription_currency_known": _("That currency is not known."),
    "mrr_change_one_a_day": _("There is an MRR change on that day already."),
    "mrr_not_negative": _("MRR cannot be negative."),
    "mrr_not_absurd": _("The amount is out of range."),
    "credit_shares_within_100": _("The sourced shares of this subscription would add up to more than 100 %."),
    "credit_no_overlap": _("The partner is credited in this role on some of these days already."),
    "credit_share_0_to_100": _("A share is between 0 and 100 %."),
}
