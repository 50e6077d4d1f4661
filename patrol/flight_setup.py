"""How a plan is flown on a link: a loopback vehicle is a simulation and gets simulated batteries."""

import sys
from dataclasses import replace

from flight.link_url import parse_link_url
from flight.settings import BatterySwap, FlySettings
from missions.errors import InputError
from missions.plan import Plan


def fly_settings(
    plan: Plan, link: str, *, timeout_s: float, waive: frozenset[str] = frozenset(), patrol_id: str | None = None
) -> FlySettings:
    """Return how to fly on this link.

    Raises:
        InputError: the link is none, a waived check does not exist, or several sorties need somebody who swaps
            batteries and nobody is at the terminal.

    """
    simulated = parse_link_url(link).is_loopback
    if not simulated and len(plan.sorties) > 1 and not sys.stdin.isatty():
        raise InputError(
            f"{len(plan.sorties)} sorties need a battery swap in between, confirmed on a terminal",
            field="--link",
            remedy="run it on a terminal",
        )
    settings = FlySettings(
        heartbeat_wait_s=timeout_s,
        battery_swap=BatterySwap.SIMULATED if simulated else BatterySwap.ASK,
        waive=waive,
    )
    return settings if patrol_id is None else replace(settings, patrol_id=patrol_id)
