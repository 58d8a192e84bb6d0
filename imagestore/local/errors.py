class StartFailed(Exception):
    """Something local cannot start. The text is one line that says what is in the way and what to do."""
