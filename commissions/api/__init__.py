"""What is owed, through the REST API."""
