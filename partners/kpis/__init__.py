"""Key figures of the app: who."""
