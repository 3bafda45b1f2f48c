"""Kill -9 on real processes: whatever dies and is started again, the entries are those of an undisturbed run."""
