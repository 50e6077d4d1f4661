"""DJI `.SRT` sidecars, old and new: one report of the aircraft per subtitle, timed from the start of the video.

Their clock is local time without a zone, so it is never used; the time of a report is the subtitle's own. Dialects
without subtitle times count from the first report's clock. Only some tell the gimbal's attitude; without it the place
of the aircraft is known but not what its camera sees, and no pose is made up. `altitude` without a datum is not used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from missions.camera import CameraPose, PoseError
from missions.errors import InputError
from missions.geopoint import GeoPoint
from vision.poses import PoseTrack

_NUMBER = r"([+-]?\d+(?:\.\d+)?)"
_SPAN = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d{1,3})\s*-->")
_CLOCK = re.compile(r"(\d{4})[.-](\d{1,2})[.-](\d{1,2})\s+(\d{1,2}):(\d\d):(\d\d)(?:[,.](\d{3}))?")
_LATITUDE = re.compile(rf"\[\s*latitude\s*:\s*{_NUMBER}", re.IGNORECASE)
_LONGITUDE = re.compile(rf"\[\s*longt?itude\s*:\s*{_NUMBER}", re.IGNORECASE)  # DJI wrote "longtitude" for years
_GPS = re.compile(rf"GPS\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(?:,\s*[^)]*)?\)")
_HEIGHTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"rel_alt\s*:\s*{_NUMBER}",
        rf"\bH\s+{_NUMBER}\s*m",
        rf"BAROMETER\s*:\s*{_NUMBER}",
        rf"\bHb\s*:\s*{_NUMBER}",
    )
)
_AMSL = re.compile(rf"abs_alt\s*:\s*{_NUMBER}")
_SPEED = re.compile(rf"H\.S\s+{_NUMBER}\s*m/s")
_GIMBAL_PRY = re.compile(rf"G\.PRY\s*\(\s*{_NUMBER}°?\s*,\s*{_NUMBER}°?\s*,\s*{_NUMBER}°?\s*\)")
_GIMBAL_NEW = re.compile(
    rf"gb_yaw\s*:\s*{_NUMBER}.*?gb_pitch\s*:\s*{_NUMBER}.*?gb_roll\s*:\s*{_NUMBER}", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SrtReport:
    """What one subtitle says; None where it says nothing."""

    at_s: float
    """From the start of the video."""
    position: GeoPoint | None
    height_m: float | None
    """Above the place of take-off; the only height whose datum a sidecar tells."""
    amsl_m: float | None
    speed_m_s: float | None
    gimbal_deg: tuple[float, float, float] | None
    """Pitch, roll, azimuth."""


def parse_srt(text: str) -> tuple[SrtReport, ...]:
    """Return the reports of a sidecar in order; subtitles that are cut short are left out."""
    reports: list[SrtReport] = []
    first_clock_s: float | None = None
    for block in re.split(r"\r?\n\s*\r?\n", text.lstrip("\ufeff")):
        clock_s = _clock_s(block)
        first_clock_s = clock_s if first_clock_s is None else first_clock_s
        at_s = _span_s(block)
        if at_s is None and clock_s is not None and first_clock_s is not None:
            at_s = clock_s - first_clock_s
        if at_s is not None and (report := _report(block, at_s)) is not None:
            reports.append(report)
    start_s = reports[0].at_s if reports else 0.0
    # Old dialects number their first second 1: the first subtitle belongs to the first picture.
    shift_s = start_s if start_s <= 1.0 else 0.0
    return tuple(_moved(report, -shift_s) for report in reports)


def camera_poses(reports: tuple[SrtReport, ...], error: PoseError) -> Iterator[CameraPose]:
    """Yield the camera poses of the reports that tell place, height and the gimbal's attitude."""
    for report in reports:
        if report.position is None or report.height_m is None or report.gimbal_deg is None:
            continue
        pitch_deg, roll_deg, azimuth_deg = report.gimbal_deg
        amsl_m = report.amsl_m if report.amsl_m is not None else report.height_m
        yield CameraPose(
            captured_utc_s=report.at_s,
            position=report.position,
            amsl_m=amsl_m,
            azimuth_deg=azimuth_deg % 360.0,
            pitch_deg=pitch_deg,
            roll_deg=roll_deg,
            ground_amsl_m=amsl_m - report.height_m,
            speed_m_s=report.speed_m_s or 0.0,
            error=error,
        )


def load_srt(path: Path, error: PoseError) -> PoseTrack:
    """Return the poses of a sidecar by time from the start of the video; reports once a second are bridged.

    Raises:
        InputError: it can't be read, or holds no report.

    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a DJI .SRT file") from exc
    reports = parse_srt(text)
    if not any(report.position is not None for report in reports):
        raise InputError("holds no position", file=path, remedy="a DJI .SRT file with GPS reports")
    return PoseTrack(camera_poses(reports, error), gap_s=1.5)


def _moved(report: SrtReport, by_s: float) -> SrtReport:
    return SrtReport(
        at_s=report.at_s + by_s,
        position=report.position,
        height_m=report.height_m,
        amsl_m=report.amsl_m,
        speed_m_s=report.speed_m_s,
        gimbal_deg=report.gimbal_deg,
    )


def _report(block: str, at_s: float) -> SrtReport | None:
    """Return what a subtitle says; None where it ends before its text does."""
    if "<font" in block and "</font>" not in block:
        return None
    return SrtReport(
        at_s=at_s,
        position=_position(block),
        height_m=next((float(m[1]) for p in _HEIGHTS if (m := p.search(block))), None),
        amsl_m=_first(_AMSL, block),
        speed_m_s=_first(_SPEED, block),
        gimbal_deg=_gimbal(block),
    )


def _position(block: str) -> GeoPoint | None:
    latitude, longitude = _first(_LATITUDE, block), _first(_LONGITUDE, block)
    if latitude is None or longitude is None:
        pair = _GPS.search(block)
        if pair is None:
            return None
        longitude, latitude = float(pair[1]), float(pair[2])  # GPS(lon, lat, satellites) ...
        if re.search(r"GPS\s*\([^)]*M\s*\)", block):
            latitude, longitude = longitude, latitude  # ... but GPS(lat, lon, 0.0M) from a Matrice 300
    if (latitude == 0 and longitude == 0) or abs(latitude) > 90 or abs(longitude) > 180:
        return None  # no fix yet, or not a place
    return GeoPoint(lat_deg=latitude, lon_deg=longitude)


def _gimbal(block: str) -> tuple[float, float, float] | None:
    if found := _GIMBAL_PRY.search(block):
        return float(found[1]), float(found[2]), float(found[3])
    if found := _GIMBAL_NEW.search(block):
        return float(found[2]), float(found[3]), float(found[1])
    return None


def _first(pattern: re.Pattern[str], block: str) -> float | None:
    found = pattern.search(block)
    return float(found[1]) if found else None


def _span_s(block: str) -> float | None:
    found = _SPAN.search(block)
    if not found:
        return None
    hours, minutes, seconds, fraction = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _clock_s(block: str) -> float | None:
    """Return the block's clock in seconds of a day-less count; only its differences mean anything."""
    found = _CLOCK.search(block)
    if not found:
        return None
    year, month, day, hour, minute, second, milli = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return (moment - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds() + int(milli or 0) / 1000
