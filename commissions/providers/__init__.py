"""The ways out for money: each provider turns payment orders into payments, behind one interface."""
