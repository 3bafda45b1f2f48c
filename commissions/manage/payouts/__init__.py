"""The console's payouts board: who is paid, what became of it, and who is not paid and why. Finance only."""
