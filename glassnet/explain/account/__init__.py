"""One pass of a network, step by step: traced, given reasons, and written."""
