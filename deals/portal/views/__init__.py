"""Views of the portal's deals."""
