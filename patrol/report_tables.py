"""A flight report to read: what was flown, how each leg went, what was checked, what happened, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from flight.events import CheckState, EventKind
from flight.report import FlightReport
from missions.waypoint import LegKind
from patrol.flight_record import LegFlown, Moment, SilentSpan

_CHECK_STYLE = {CheckState.PASS: "green", CheckState.FAIL: "red", CheckState.WAIVED: "yellow"}
_LEGS = {LegKind.SERVICE: "along the road", LegKind.DEADHEAD: "to the next road"}


def _table(*columns: str, title: str) -> Table:
    return Table(*columns, title=title, title_justify="left", box=None, pad_edge=False)


def head_table(report: FlightReport) -> Table:
    """Return who flew what, when, and how it ended."""
    table = Table(title=f"Flight of {escape(report.vehicle_id)}", title_justify="left", show_header=False, box=None)
    planned, flown_s = report.planned, report.ended_utc_s - report.began_utc_s
    link = report.link
    rows = (
        ("mission", f"{report.mission_name}, plan {report.plan_hash[:12]}"),
        ("vehicle", f"system id {report.system_id}, Copter {report.firmware}"),
        ("from, to (patrol UTC)", f"{utc(report.began_utc_s)}, {utc(report.ended_utc_s)}: {_clock(flown_s)} min"),
        ("outcome", report.outcome.value.replace("_", " ")),
        ("goes on at", _breakpoint(report)),
        ("distance, planned and flown", f"{planned.distance_m:.0f} m, {report.flown_distance_m:.0f} m"),
        ("time in the air, planned and flown", f"{_clock(planned.time_s)} min, {_clock(report.flown_time_s)} min"),
        ("energy, planned and flown", f"{planned.energy_wh:.0f} Wh, {_energy(report)}"),
        ("height, largest", f"{report.height_max_m:.1f} m above home"),
        ("cross-track, mean and largest", f"{_m(report.cross_track_mean_m)}, {_m(report.cross_track_max_m)}"),
        ("link", f"{report.link_url}: {link.received} messages, {link.loss_pct:.1f} % lost, {link.sent} sent"),
        ("link, delay", f"{link.latency_ms:.0f} ms there and back" if link.latency_ms is not None else "-"),
        ("link, refused", f"{link.unsigned} unsigned, {link.bad_signatures} badly signed, {link.replayed} replayed"),
    )
    for name, value in rows:
        table.add_row(name, escape(value))
    return table


def leg_table(legs: Sequence[LegFlown]) -> Table:
    """Return every leg, planned and flown."""
    table = _table(
        "Sortie", "Leg to", "", "Length", "Planned", "Flown", "Speed", "Off, mean", "Off, most", "Battery", title="Legs"
    )
    before = ""
    for leg in legs:
        table.add_row(
            escape(leg.sortie_id) if leg.sortie_id != before else "",
            str(leg.waypoint),
            _LEGS[leg.kind],
            f"{leg.length_m:.0f} m",
            _with(leg.planned_s, "s"),
            _with(leg.flown_s, "s"),
            _with(leg.speed_m_s, "m/s"),
            _m(leg.cross_track_mean_m),
            _m(leg.cross_track_max_m),
            _with(leg.battery_pct, "%", 0),
        )
        before = leg.sortie_id
    return table


def check_table(report: FlightReport) -> Table | None:
    """Return every preflight check of the flight, the newest judgement of each sortie; None without any."""
    judged = [event for event in report.events if event.kind is EventKind.PREFLIGHT and event.checks]
    if not judged:
        return None
    table = _table("Sortie", "Check", "", "", title="Preflight")
    for event in {event.sortie_id: event for event in judged}.values():
        for number, check in enumerate(event.checks):
            style = _CHECK_STYLE[check.state]
            first = escape(event.sortie_id or "") if number == 0 else ""
            table.add_row(first, escape(check.name), f"[{style}]{check.state.value}[/{style}]", escape(check.detail))
    return table


def event_table(report: FlightReport) -> Table:
    """Return what happened, in order; times are from the beginning of the flight."""
    table = _table("After", "Sortie", "What", "", "Why", title="What happened")
    for event in report.events:
        since_s = event.at_utc_s - report.began_utc_s
        table.add_row(
            _clock(since_s) if since_s >= 0 else "-",
            escape(event.sortie_id or ""),
            event.kind.value.replace("_", " "),
            escape(event.text),
            escape(event.cause),
        )
    return table


def moment_table(flight: Sequence[Moment], title: str) -> Table:
    """Return battery, wind and motion as the flight went on."""
    table = _table("After arming", "Mode", "Height", "Speed", "Battery", "", "Wind", "From", title=title)
    for at in flight:
        table.add_row(
            _clock(at.since_arming_s),
            at.mode,
            f"{round(at.height_m)} m",
            f"{at.speed_m_s:.1f} m/s",
            _with(at.battery_pct, "%", 0),
            _with(at.battery_v, "V", 2),
            _with(at.wind_m_s, "m/s"),
            _with(at.wind_from_deg, "deg", 0),
        )
    return table


def silence_table(spans: Sequence[SilentSpan]) -> Table:
    """Return when the vehicle was not heard."""
    table = _table("From (UTC of the ground station)", "For", title="Silent link")
    for span in spans:
        table.add_row(utc(span.from_wall_s), f"{span.seconds:.1f} s")
    return table


def utc(utc_s: float) -> str:
    """Return a time of day with its date."""
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d %H:%M:%S}"


def _breakpoint(report: FlightReport) -> str:
    at = report.breakpoint
    if at is None:
        return "-"
    where = f"waypoint {report.breakpoint_waypoint + 1}" if report.breakpoint_waypoint is not None else "no leg"
    return f"{at.sortie_id}, item {at.item_seq}, {at.fraction:.0%} of the leg to {where}"


def _energy(report: FlightReport) -> str:
    told = [sortie.energy_wh for sortie in report.sorties if sortie.energy_wh is not None]
    return f"{sum(told):.0f} Wh" if told else "not told"


def _m(value: float | None) -> str:
    return _with(value, "m")


def _with(value: float | None, unit: str, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f} {unit}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
