"""Leads: from their arrival to a partner's registration (deal rules, section 5)."""

from deals.services.leads.answers import accept_lead, decline_lead
from deals.services.leads.arriving import NewLead, add_lead
from deals.services.leads.converting import convert_lead
from deals.services.leads.managing import close_lead, hand_over, offer_again, take_back
from deals.services.leads.sweeping import sweep_leads

__all__ = [
    "NewLead",
    "accept_lead",
    "add_lead",
    "close_lead",
    "convert_lead",
    "decline_lead",
    "hand_over",
    "offer_again",
    "sweep_leads",
    "take_back",
]
