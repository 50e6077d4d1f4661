"""Where a patrol was broken off: as written on a command line, or as a flight's report or an archive says."""

from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.plan import Breakpoint, InAir, Plan

_IN_AIR: Final = "LAT,LON,HEIGHT in WGS84 degrees and metres above home, such as 30.51,114.42,60; or `route`"
_FORM: Final = "SORTIE:ITEM[:FRACTION], such as sortie-2:17:0.4"


def parse_in_air(text: str) -> InAir:
    """Read `LAT,LON,HEIGHT`: where an aircraft is, WGS84 degrees and metres above home.

    Raises:
        InputError: it is not written so.

    """
    try:
        lat_deg, lon_deg, height_m = (float(part) for part in text.split(","))
        position = GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)
    except ValueError as exc:
        raise InputError(f"is {text!r}", field="--from", remedy=_IN_AIR) from exc
    if not 0 < height_m < 10_000:
        raise InputError(f"is {text!r}", field="--from", remedy=_IN_AIR)
    return InAir(position=position, altitude=Altitude(metres=height_m, above=AltitudeReference.HOME))


def parse_breakpoint(text: str, *, field: str = "--at") -> Breakpoint:
    """Read `SORTIE:ITEM[:FRACTION]`; a sortie may be its number, 2 for sortie-2.

    Raises:
        InputError: it is not written so.

    """
    parts = text.split(":")
    if len(parts) not in {2, 3} or not parts[0] or not (parts[1].isascii() and parts[1].isdigit()):
        raise InputError(f"is {text!r}", field=field, remedy=_FORM)
    sortie_id = f"sortie-{parts[0]}" if parts[0].isascii() and parts[0].isdigit() else parts[0]
    try:
        fraction = float(parts[2]) if len(parts) == 3 else 0.0
    except ValueError as exc:
        raise InputError(f"is {text!r}", field=field, remedy=_FORM) from exc
    if not 0 <= fraction <= 1:
        raise InputError(f"its fraction is {parts[2]}", field=field, remedy="a number from 0 to 1")
    return Breakpoint(sortie_id=sortie_id, item_seq=int(parts[1][:9]), fraction=fraction)


def breakpoint_of(plan: Plan, *, at: str | None, report: Path | None, archive: Path | None) -> Breakpoint:
    """Return where a flight of the plan was broken off, from the one source that is given.

    Raises:
        InputError: none or several are given, they tell of another plan, or of no breakpoint.

    """
    given = [source for source in (at, report, archive) if source is not None]
    if len(given) != 1:
        what = "nothing says where the patrol was broken off" if not given else "more than one place is named"
        raise InputError(what, remedy="one of --at SORTIE:ITEM[:FRACTION], --report FILE, --archive FOLDER")
    if at is not None:
        return parse_breakpoint(at)
    return _of_report(plan, report) if report is not None else _of_archive(plan, given[0])


def _of_report(plan: Plan, file: Path) -> Breakpoint:
    from flight.report import FlightReport
    from missions.codec import from_json

    try:
        text = file.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=file, remedy="the report of a flight") from exc
    report = from_json(FlightReport, text, file=file)
    _refuse_other(plan, report.plan_hash, file, "plan_hash")
    if report.breakpoint is None:
        raise InputError(
            "tells of no breakpoint", file=file, field="breakpoint", remedy=f"its outcome: {report.outcome}"
        )
    return report.breakpoint


def _of_archive(plan: Plan, folder: Path | str) -> Breakpoint:
    from archive import Archive
    from patrol.run.patrol_run import resume_point

    with Archive.open(Path(folder)) as archive:
        _refuse_other(plan, archive.plan().plan_hash, folder, "plan")
        found = resume_point(archive)
    if found is None:
        raise InputError("tells of no breakpoint: no leg was begun", file=folder, remedy="fly the plan from its start")
    return found


def _refuse_other(plan: Plan, plan_hash: str, file: Path | str, field: str) -> None:
    if plan_hash != plan.plan_hash:
        what = f"tells of another plan, {plan_hash[:12]}"
        raise InputError(what, file=file, field=field, remedy=f"the one of plan {plan.plan_hash[:12]}")
