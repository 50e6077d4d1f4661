"""What the smoke and fire rule is tuned by; what belongs to a detector's scores stands beside its weights."""

import json
import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

FITTED_FILE: Final = Path(__file__).resolve().parent.parent / "weights" / "smoke_fire.toml"
"""A table for each shipped detector, as `patrol detector fit-rule` writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeFireSettings:
    """Tunables, for about 5 looked-at pictures per second; evidence is in nats."""

    even_smoke_score: float = 0.06
    even_fire_score: float = 0.12
    """Detector scores that say neither yes nor no, for the calibrated scores of the shipped detector."""
    even_stirs_score: float = 0.8
    """The same of what is proposed by how it stirs, by the shipped weights."""
    best_gain: float = 1.6
    """Of one picture, however high its score."""
    miss_loss: float = 0.8
    """Of a picture in which the place is in view and nothing is detected."""
    keep: float = 0.92
    """Share of the evidence that is left after one picture."""
    open_at: float = 5.0
    """Evidence, nats, from which fire is opened, and what is not judged by its history."""
    open_odds: float = 1.0
    """Log-odds, nats, of the judge of places from which smoke is opened."""
    least_s: float = 1.0
    """From the first to the last detection before anything is opened."""
    least_share: float = 0.6
    """Of the looked-at pictures since the first detection that have one, over the last `share_window`."""
    share_window: int = 12
    verify_after: int = 3
    """Pictures of `share_window` with a detection, from which the clip is asked whether the place changes."""
    most_verified: int = 3
    """Places asked about in one picture: each takes 2 to 4 ms."""
    even_change: float = 0.7
    """`Clip.change` that is still smoke's. Its median over the window was less for no plume of the simulator's
    strength, for 1 in 10 pictures of plumes half as strong and for 9 in 10 of still things."""
    still_loss: float = 20.0
    """Evidence that a place lacks per nat of change below that."""
    most_still: float = 13.0
    """At most: smoke far away hardly moves, and a detector sure of it for 5 to 6 s is believed all the same."""
    full_change: float = 2.0
    """Median change from which a place boils or flickers as only smoke and flames do: flames of a burning dolls' house
    had 2.4, the simulator's plumes 1.5 to 3.5. Traffic that passes is masked, or does not stay."""
    change_gain: float = 1.5
    """Of each picture with a detection there; none at `even_change`, in between in proportion. With it, flames that a
    detector hardly knows (0.03 to 0.09 in every picture) add up; without it nothing is different from before."""
    change_window: int = 8
    least_changes: int = 3
    """Of that many last pictures in which change could be told; with fewer the clip has no say."""
    even_smoke_look: float = 1.5
    even_fire_look: float = 2.5
    """Odds of the shipped second look, nats, that say neither yes nor no: where it was calibrated more than half of
    what is proposed burns, and in a street next to nothing does."""
    full_look: float = 4.0
    """So much above the even odds, it adds as much to each picture's evidence as what boils does (`change_gain`)."""
    look_cost: float = 6.0
    """Evidence that a place lacks per nat of the median odds below the even ones."""
    most_doubt: float = 10.0
    """At most: what a detector is sure of for 3 to 4 s is believed all the same."""
    least_looks: int = 2
    """Second looks: before, nothing is opened that can be looked at."""
    most_awaited: int = 12
    """Pictures in which a second look was asked for and could not be told: then the detections alone decide."""
    most_error_m: float = 30.0
    """On the map, nothing less certain of its place is opened: the horizon seen from a climb is no street."""
    forget_s: float = 20.0
    """An unopened place not seen for so long starts anew."""
    reach_m: float = 6.0
    """Places nearer than this, beside their sizes and errors, are one."""
    reach_share: float = 0.04
    """The same in a picture, share of its width."""


def fitted_file(detector: str) -> Path:
    """Return where a detector's fitted settings are: with the shipped ones, or beside a weights file or map."""
    path = Path(detector)
    return path.with_name(FITTED_FILE.name) if path.suffix else FITTED_FILE


def settings_for(detector: str) -> SmokeFireSettings:
    """Return the settings that were fitted for a detector, by name or path; the defaults where none were."""
    known = {field.name for field in fields(SmokeFireSettings)}
    fitted = {
        name: value
        for name, value in _fitted(fitted_file(detector)).get(Path(detector).stem, {}).items()
        if name in known
    }
    return replace(SmokeFireSettings(), **fitted)


@cache
def _fitted(file: Path) -> dict[str, dict[str, Any]]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def write_fitted(detector: str, values: dict[str, float], file: Path) -> None:
    """Put a detector's fitted settings into the file, beside those of the others."""
    from missions.formats.atomic import write_atomically

    held = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    held[detector] = values
    lines = [
        "# The smoke and fire rule's settings that belong to a detector's scores, by `patrol detector fit-rule`;",
        "# those of shipped detectors may have been set anew by hand since: docs/smoke-and-fire.md says how.",
    ]
    for name, table in sorted(held.items()):
        lines += [
            "",
            f"[{json.dumps(name)}]" if not name.isidentifier() else f"[{name}]",
            *(f"{key} = {value}" for key, value in table.items()),
        ]
    write_atomically(file, "\n".join(lines) + "\n")
    _fitted.cache_clear()
