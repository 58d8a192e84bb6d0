"""Packages: ZIPs with manifest, documents and originals, of an order for its lab or of a project for its customer."""
