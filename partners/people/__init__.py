"""Pages of people: the same for a partner's owner in the portal and for the program in the console."""
