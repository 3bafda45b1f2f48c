"""Who, through the REST API: keys, partners, tiers."""
