"""The browser application over the archive."""
