"""Orders: immutable snapshots of project states, kept so that a lab can produce them again."""
