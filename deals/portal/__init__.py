"""The partner portal of deals."""
