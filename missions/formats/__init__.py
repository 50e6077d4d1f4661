"""Formats that two rooms speak: one module each, no I/O beyond bytes and text."""
