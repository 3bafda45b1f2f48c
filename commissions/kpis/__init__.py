"""Key figures of the app: what is owed."""
