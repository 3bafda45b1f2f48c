"""What happened, through the REST API."""
