"""Each person's own page: how they sign in, where they are signed in, and their latest sign-ins."""
