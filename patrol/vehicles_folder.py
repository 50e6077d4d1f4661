"""Where what is on board of each vehicle is remembered, for every flight that this user starts."""

import os
from pathlib import Path


def vehicles_folder() -> Path:
    """Return `skypatrol/vehicles` in XDG_STATE_HOME, by default ~/.local/state."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "skypatrol" / "vehicles"


def vehicle_locks() -> Path:
    """Return where vehicles are held against other processes of this user."""
    return vehicles_folder() / "locks"
