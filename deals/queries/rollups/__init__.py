"""MRR on a day: the statements that compute it from the facts, and the reading of what they left."""
