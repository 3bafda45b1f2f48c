"""The console's pages of key figures: all of them, one of them, the program, a manager's book."""
