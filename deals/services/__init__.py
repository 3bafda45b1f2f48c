"""Writes of the app: what happened. Each is one transaction: lock, policy, write, audit, outbox."""
