"""What every door of the REST API stands on: answers, errors, pages, limits, idempotency, schema."""
