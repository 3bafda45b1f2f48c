"""Where references to partners, tiers and people lead."""

from prm.interchange.files import Lookup

PARTNER = Lookup("partners_partner", "code", "partners.csv", "code")
TIER = Lookup("partners_tier", "code", "tiers.csv", "code")
PERSON = Lookup("prm_user", "email", "people.csv", "email")
WAVE = Lookup("partners_psatwave", "code", "psat_waves.csv", "wave")
