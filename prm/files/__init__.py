"""Files that people send: what they are, who looks at them first, where they are kept and how they are given back."""
