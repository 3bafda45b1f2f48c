"""The console's pages of named accounts."""
