"""The console of deals: decisions and registrations."""
