"""Shows the product through its public API alone."""
