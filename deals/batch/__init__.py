"""Set-based writes: one named statement a step."""
