"""Nouns: frozen values and arithmetic. No files, no network, no subprocess."""
