class Problem(Exception):
    """Something is missing on this machine; the text says what, and how to mend it."""
