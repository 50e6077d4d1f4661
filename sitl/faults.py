"""What can be broken in a simulated copter, as values; the names are those of ArduPilot's simulator."""

import math
from dataclasses import dataclass
from typing import Final

_DEG_PER_M: Final = math.degrees(1 / 6_378_137.0)
Spellings = tuple[tuple[str, float], ...]
"""A parameter and its value under each name that firmwares have had, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that breaks, or is mended: parameters to set, in order."""

    what: str
    settings: tuple[Spellings, ...]


GPS_LOST: Final = Fault(what="GPS lost", settings=((("SIM_GPS1_ENABLE", 0), ("SIM_GPS_DISABLE", 1)),))
GPS_BACK: Final = Fault(what="GPS back", settings=((("SIM_GPS1_ENABLE", 1), ("SIM_GPS_DISABLE", 0)),))
COMPASSES_FAILED: Final = Fault(
    what="every compass failed", settings=tuple(((f"SIM_MAG{number}_FAIL", 1),) for number in (1, 2, 3))
)
COMPASS_FAILED: Final = Fault(what="first compass failed", settings=((("SIM_MAG1_FAIL", 1), ("SIM_MAG_FAIL", 1)),))
BAROMETER_FAILED: Final = Fault(what="barometer failed", settings=((("SIM_BARO_DISABLE", 1),),))
TRANSMITTER_LOST: Final = Fault(what="transmitter lost", settings=((("SIM_RC_FAIL", 1),),))


def gps_glitch(north_m: float, east_m: float = 0.0, *, lat_deg: float = 0.0) -> Fault:
    """Return a GPS that is so far off; 0, 0 mends it."""
    north, east = north_m * _DEG_PER_M, east_m * _DEG_PER_M / math.cos(math.radians(lat_deg))
    names = (("SIM_GPS1_GLTCH_X", "SIM_GPS_GLITCH_X", north), ("SIM_GPS1_GLTCH_Y", "SIM_GPS_GLITCH_Y", east))
    settings = tuple(((newer, value), (older, value)) for newer, older, value in names)
    return Fault(what=f"GPS off by {north_m:g} m north, {east_m:g} m east", settings=settings)


def battery_volts(volts: float) -> Fault:
    """Return a pack of that voltage when full; 12.5 is a sound one of three cells."""
    return Fault(what=f"battery at {volts:g} V", settings=((("SIM_BATT_VOLTAGE", volts),),))


def wind(speed_m_s: float, from_deg: float, gusts: float = 0.0) -> Fault:
    """Return a wind; `gusts` is the simulator's turbulence, of the order of the gusts' m/s."""
    settings = (
        (("SIM_WIND_DIR", from_deg),),
        (("SIM_WIND_TURB", gusts),),
        (("SIM_WIND_SPD", speed_m_s),),
    )
    return Fault(what=f"wind {speed_m_s:g} m/s from {from_deg:g} deg, gusts {gusts:g}", settings=settings)


def motor(number: int, thrust: float) -> Fault:
    """Return a motor (0 is the first) that gives only a share of its thrust; 1 mends it."""
    failing = float(1 << number) if thrust < 1 else 0.0
    settings = ((("SIM_ENGINE_MUL", thrust),), (("SIM_ENGINE_FAIL", failing),))
    return Fault(what=f"motor {number + 1} at {thrust:.0%}", settings=settings)


def bytes_lost(share_pct: float) -> Fault:
    """Return serial lines that lose so many of their bytes."""
    return Fault(what=f"{share_pct:g} % of the bytes lost", settings=((("SIM_UART_LOSS", share_pct),),))
