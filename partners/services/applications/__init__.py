"""Applications to become a partner: sent, confirmed, looked at, decided."""
