"""What a partner sees of its money."""
