"""The console's entry."""
