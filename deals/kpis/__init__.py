"""Aggregates of the app: one definition for every figure."""

from deals.kpis.decisions import decision_speed, late_by_manager, speed_by_manager
from deals.kpis.leads import LeadFigures, figures_of

__all__ = ["LeadFigures", "decision_speed", "figures_of", "late_by_manager", "speed_by_manager"]
