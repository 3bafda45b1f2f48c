"""Named reads of the app: what happened."""
