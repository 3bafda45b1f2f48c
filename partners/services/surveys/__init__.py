"""Partner satisfaction: waves are opened and closed, people are asked, answers come in, and somebody calls back."""
