"""What can go wrong with a simulated vehicle."""

from missions import SkypatrolError


class SitlError(SkypatrolError):
    """The simulated autopilot does not run, or does not do what was asked."""
