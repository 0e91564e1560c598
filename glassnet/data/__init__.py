"""Data: the sets that come with glassnet, readers for files, splits and input checks."""
