"""The peers, one file each. A maker returns None where its peer is not installed."""
