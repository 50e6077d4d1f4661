"""The whole run: plan, check, fly, watch, alert, archive; the one place where the rooms are wired together."""

from patrol.run.settings import RunSettings

__all__ = ["RunSettings"]
