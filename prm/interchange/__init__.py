"""CSV in: the framework that reads, checks and loads a folder; the apps declare their files."""
