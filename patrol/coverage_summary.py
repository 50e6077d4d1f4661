"""A coverage report as commands show it: a JSON object, or a line."""

from dataclasses import asdict
from typing import Any

from planner.coverage import CoverageReport

_WORDS = {
    "too_few_pixels": "too small in the picture",
    "outside_footprint": "in no picture",
    "no_fly": "in no-fly zones",
    "radio_range": "out of radio range",
}


def coverage_json(report: CoverageReport) -> dict[str, Any]:
    """Return the totals in metres, why what is not seen is not, and the same for every stretch."""
    stretches = [
        {"stretch_id": stretch.stretch_id, "name": stretch.name, **asdict(stretch.seen)} for stretch in report.stretches
    ]
    return {**asdict(report.total), "pixels_counted": report.pixels_counted, "stretches": stretches}


def coverage_line(report: CoverageReport) -> str:
    """Return how much of the roads is seen, and why the rest is not."""
    total = report.total
    pixels = "" if report.pixels_counted else " (pixels not counted: nothing is known of the detector)"
    line = f"seen {total.seen_m / 1000:.2f} of {total.required_m / 1000:.2f} km{pixels}"
    line += f", twice {total.seen_twice_m / 1000:.2f} km"
    missing = [
        f"{metres:.0f} m {_WORDS.get(reason, reason)}" for reason, metres in total.reasons.items() if metres >= 1
    ]
    return line + (f"; not seen: {', '.join(missing)}" if missing else "")
