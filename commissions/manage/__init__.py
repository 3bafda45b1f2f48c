"""The console's pages about commission runs."""
