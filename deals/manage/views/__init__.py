"""Views of the console of deals."""
