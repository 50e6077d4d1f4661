"""`patrol zones`: what is in a file of no-fly zones."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patrol.commands.options import JsonOption
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from missions import ActiveTime, Altitude, Zone
    from missions.zones import ZoneFile

ZoneFileArg = Annotated[Path, typer.Argument(metavar="FILE", help="GeoJSON, ED-269, ED-318, KML, KMZ or OpenAir.")]


def zones(file: ZoneFileArg, *, as_json: JsonOption = False) -> None:
    """Say which no-fly zones FILE holds, where they begin and end, and when they hold."""
    from missions.zones import load_zones

    found = load_zones(file)
    if as_json:
        print_json(_summary(found))
    else:
        _print_table(found)


def _summary(found: "ZoneFile") -> dict[str, Any]:
    return {
        "file": str(found.path),
        "format": found.format,
        "zones": [
            {
                "id": zone.zone_id,
                "name": zone.name,
                "lower": _limit_values(zone.lower),
                "upper": _limit_values(zone.upper),
                "area_km2": round(_area_km2(zone), 6),
                "corners": len(zone.corners),
                "active": [_time_values(time) for time in zone.active],
            }
            for zone in found.zones
        ],
        "left_out": list(found.left_out),
    }


def _area_km2(zone: "Zone") -> float:
    from missions.zones import area_m2

    return area_m2(zone.corners) / 1e6


def _datum(limit: "Altitude") -> str:
    return {"terrain": "AGL", "amsl": "AMSL", "home": "home"}[limit.above.value]


def _limit_values(limit: "Altitude | None") -> dict[str, Any] | None:
    return None if limit is None else {"m": limit.metres, "above": _datum(limit).lower()}


def _limit_words(limit: "Altitude | None", otherwise: str) -> str:
    if limit is None:
        return otherwise
    return "ground" if limit.metres == 0 and _datum(limit) == "AGL" else f"{limit.metres:.0f} m {_datum(limit)}"


def _moment(utc_s: float | None) -> str | None:
    return None if utc_s is None else datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _clock(day_s: float) -> str:
    minutes = int(day_s // 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}Z"


def _time_values(time: "ActiveTime") -> dict[str, Any]:
    return {
        "from": _moment(time.from_utc_s),
        "until": _moment(time.until_utc_s),
        "days": list(time.days),
        "day_from": _clock(time.day_from_s),
        "day_until": _clock(time.day_until_s),
    }


def _time_words(time: "ActiveTime") -> str:
    values = _time_values(time)
    span = f"{values['from'] or ''}/{values['until'] or ''}" if values["from"] or values["until"] else ""
    whole_day = (values["day_from"], values["day_until"]) == ("00:00Z", "24:00Z")
    hours = "" if whole_day else f"{values['day_from']}-{values['day_until']}"
    return " ".join(part for part in (span, ",".join(time.days), hours) if part)


def _print_table(found: "ZoneFile") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(f"{found.path.name}: {found.format}, {len(found.zones)} zones"), title_justify="left")
    for heading in ("id", "name", "lower", "upper", "km²", "corners", "active"):
        table.add_column(heading, justify="right" if heading in {"km²", "corners"} else "left", overflow="fold")
    for zone in found.zones:
        table.add_row(
            escape(zone.zone_id),
            escape(zone.name if zone.name != zone.zone_id else ""),
            _limit_words(zone.lower, "ground"),
            _limit_words(zone.upper, "no limit"),
            f"{_area_km2(zone):.3f}",
            str(len(zone.corners)),
            "; ".join(_time_words(time) for time in zone.active) or "always",
        )
    stdout.print(table)
    for reason in found.left_out:
        stdout.print(f"left out: {escape(reason)}", soft_wrap=True)
