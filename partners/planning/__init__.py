"""Joint plans and business reviews as portal and console show them: one reading, so that both agree."""
