"""Pure decisions of the app: who."""
