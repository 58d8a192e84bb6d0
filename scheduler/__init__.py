"""Jobs, runs and the sweep over what is due."""
