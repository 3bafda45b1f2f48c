"""Set-based SQL of the commission engine: named statements, run in order in one transaction."""
