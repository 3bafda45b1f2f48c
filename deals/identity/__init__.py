"""Which customer it is: domains and names made comparable (deal rules, section 2). Pure.

Two things identify a customer: its registrable domain, and its name together with its country. Names that differ and
may yet be one company's are compared by ``likeness``.
"""

from deals.identity.comparison import Compared, Reading, compared, readings_of, searched
from deals.identity.likeness import LOOKALIKE, likeness
from deals.identity.names import identity_keys, name_key
from prm.domains import HostKind, Website, domain_of, host_of, registrable_domain, understood

__all__ = [
    "LOOKALIKE",
    "Compared",
    "HostKind",
    "Reading",
    "Website",
    "compared",
    "domain_of",
    "host_of",
    "identity_keys",
    "likeness",
    "name_key",
    "readings_of",
    "registrable_domain",
    "searched",
    "understood",
]
