"""Batches of real media, disturbed on purpose."""
