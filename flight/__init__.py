"""A Plan flown: MAVLink, preflight, execution, record. Async."""
