"""The console's pages about partners."""
