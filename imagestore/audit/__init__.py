"""Who did what, and why: one hash chain per day, written in the same transaction as the change itself."""
