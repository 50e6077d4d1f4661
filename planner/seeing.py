"""A mission's camera and detector together: the height it flies at, and what a plan remembers of how it sees."""

import math
from pathlib import Path
from typing import Final

from missions import DetectorSpec, InputError
from missions.detection import MOST_TILES
from missions.detector_map import is_map, load_map
from missions.hardware import known, load_camera, load_detector_spec
from missions.mission import Mission
from missions.plan import Wanted
from planner.footprint import View
from planner.sight import (
    check_sight,
    choose_height,
    greatest_height_m,
    input_scale,
    refuse_unknown_kind,
    sight_of,
)

_LOWEST_M: Final = 10.0
"""Of a height that is chosen: wires and trees along a street reach so far."""


def with_height(mission: Mission) -> tuple[Mission, tuple[str, ...]]:
    """Return the mission with a number for `flight.height_m`, and notes on what is seen from there.

    A weights file of ours without a spec beside it cannot be checked, and is said.

    Raises:
        InputError: the smallest object wanted cannot be seen from the height, or from any; or terrain forbids it.

    """
    detector = _seeing(mission)
    flight, terrain = mission.flight, mission.terrain
    if flight.height_m is not None:
        if terrain is not None and flight.height_m < terrain.clearance_m:
            raise InputError(
                f"{flight.height_m:g} m is lower than terrain.clearance_m {terrain.clearance_m:g}",
                field="flight.height_m",
                remedy="a greater height, or a smaller clearance",
            )
        return mission, _notes(mission, detector, flight.height_m)
    if detector is None:
        raise InputError(
            f"auto needs to know what detector {mission.watch.detector} can see, but no .toml beside it says that",
            field="flight.height_m",
            remedy="a number of metres",
        )
    refuse_unknown_kind(mission.watch.smallest, detector)
    height_m, why = choose_height(
        mission.watch.smallest,
        load_camera(mission.aircraft.camera),
        detector,
        gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
        least_m=max(_LOWEST_M, terrain.clearance_m if terrain is not None else 0.0),
        cap_m=flight.altitude_cap_m,
    )
    chosen = mission.with_flight(height_m=height_m)
    return chosen, (why, *_notes(chosen, detector, height_m))


def highest_seen_m(mission: Mission) -> float:
    """Return the height up to which the smallest object is seen at the centre; infinite where nobody knows."""
    detector = _seeing(mission)
    if detector is None:
        return math.inf
    _, centre_m = greatest_height_m(
        mission.watch.smallest,
        load_camera(mission.aircraft.camera),
        detector,
        gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
    )
    return centre_m


def wanted_of(mission: Mission) -> Wanted | None:
    """Return what has to be seen, as a plan remembers it; None where nobody knows what the detector takes.

    Where pictures are looked at in tiles, the detector's input is that of all of them together.
    """
    detector = _seeing(mission)
    if detector is None:
        return None
    return Wanted(
        kind=mission.watch.smallest,
        smallest_px=detector.smallest_px,
        input_width_px=detector.input_width_px,
        input_height_px=detector.input_height_px,
    )


def half_width_of(mission: Mission) -> float:
    """Return how far to either side of its track a flight of the mission shows everything, at its height."""
    assert mission.flight.height_m is not None
    camera = load_camera(mission.aircraft.camera)
    view = View.of(camera, wanted_of(mission), gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg)
    return view.usable_half_width_m(mission.flight.height_m)


def _notes(mission: Mission, detector: DetectorSpec | None, height_m: float) -> tuple[str, ...]:
    if detector is None:
        name = mission.watch.detector
        return (f"what detector {name} can see was not checked: no .toml beside it says what it needs",)
    notes = check_sight(
        mission.watch.smallest,
        load_camera(mission.aircraft.camera),
        detector,
        height_m=height_m,
        gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
    )
    whole = _spec(mission)
    if detector == whole or whole is None or _scale(mission, whole) == 1.0:
        return notes
    across = next(number for number in range(2, MOST_TILES + 1) if whole.in_tiles(number) == detector)
    return (f"pictures are looked at in up to {across} x {across} tiles, which takes as many more looks", *notes)


def _seeing(mission: Mission) -> DetectorSpec | None:
    """Return what the detector takes, with the input that it has in tiles where pictures are looked at in tiles.

    `auto` takes as few as show the smallest object from a given height; a height that is to be chosen is chosen for
    the whole picture, which takes the least work.
    """
    detector, tiles, height_m = _spec(mission), mission.watch.tiles, mission.flight.height_m
    if detector is None or tiles == "off" or mission.watch.smallest not in detector.kinds:
        return detector
    if tiles != "auto":
        return detector.in_tiles(tiles)
    if height_m is None or _centre_px(mission, detector, height_m) >= detector.smallest_px:
        return detector
    in_tiles = (detector.in_tiles(number) for number in range(2, MOST_TILES + 1))
    return next((one for one in in_tiles if _centre_px(mission, one, height_m) >= one.smallest_px), detector)


def _centre_px(mission: Mission, detector: DetectorSpec, height_m: float) -> float:
    return sight_of(
        mission.watch.smallest,
        load_camera(mission.aircraft.camera),
        detector,
        height_m=height_m,
        gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
    ).centre_px


def _scale(mission: Mission, detector: DetectorSpec) -> float:
    return input_scale(
        load_camera(mission.aircraft.camera),
        input_width_px=detector.input_width_px,
        input_height_px=detector.input_height_px,
    )


def _spec(mission: Mission) -> DetectorSpec | None:
    name = mission.watch.detector
    if name in known("detectors") or Path(name).suffix == ".toml":
        return load_detector_spec(name)
    if is_map(name):
        return load_map(Path(name)).spec
    beside = Path(name).with_suffix(".toml")
    return load_detector_spec(str(beside)) if beside.is_file() else None
