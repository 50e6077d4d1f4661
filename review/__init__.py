"""The browser application over the archive: incidents, footage with boxes, map, decisions."""

from review.actions import ReviewAction
from review.app import create_app, serve, serve_async

__all__ = ["ReviewAction", "create_app", "serve", "serve_async"]
