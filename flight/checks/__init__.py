"""The checks before arming: one function for each row of the preflight table."""
