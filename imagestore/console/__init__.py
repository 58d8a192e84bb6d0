"""The staff site: Django's own admin over the one table, with no relational database."""
