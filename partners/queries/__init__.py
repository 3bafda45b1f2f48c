"""Named reads of the app: who."""
