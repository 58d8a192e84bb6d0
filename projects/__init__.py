"""Saved design documents and the files that they use."""
