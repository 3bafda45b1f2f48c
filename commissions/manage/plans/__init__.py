"""The console's pages about plans: their terms, their rules with versions, who is on them."""
