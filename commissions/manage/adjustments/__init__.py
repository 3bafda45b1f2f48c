"""The console's pages about adjustments, and about differences that wait for a decision."""
