"""The demonstration program: Halden Cloud, an invented vendor, with fourteen months of history that end today."""
