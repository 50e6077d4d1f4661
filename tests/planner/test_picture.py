"""The picture of a plan: written whole, of a sensible size, every sign on it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from missions import InputError, Plan
from missions.mission import Mission
from planner import Effort, draw_plan, draw_timetable, plan_fleet
from planner.drawn_flights import COLOURS
from planner.lettering import families, legible


def _pixels(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return np.round(np.asarray(imread(path))[..., :3] * 255).astype(int)


def _has(picture: np.ndarray, colour: str) -> bool:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return bool((np.abs(picture - wanted).max(axis=2) <= 2).sum() > 40)


def test_every_sortie_has_its_colour(plan: Any, network: Any, blocks: Any, tmp_path: Path) -> None:
    zone = [(420.0, 400.0), (500.0, 400.0), (500.0, 480.0)]
    made: Plan = plan(blocks, reserve_pct=75, zones=[zone], names=["高新大道 Gaoxin", "Rua Humaitá"])
    assert len(made.sorties) >= 2
    file = tmp_path / "map.png"
    draw_plan(made, network(blocks), file)
    picture = _pixels(file)
    assert min(picture.shape[:2]) > 800
    assert all(_has(picture, colour) for colour in COLOURS[: len(made.sorties)])
    assert _has(picture, "#2f7d4f")  # fence
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.png"]


@pytest.mark.parametrize("street", [[(0.0, 20.0), (3000.0, 20.0)], [(10.0, 0.0), (10.0, 2500.0)]])
def test_long_and_tall_patrols_fit_the_sheet(plan: Any, network: Any, street: Any, tmp_path: Path) -> None:
    draw_plan(plan([street]), network([street]), tmp_path / "map.png")
    height, width = _pixels(tmp_path / "map.png").shape[:2]
    assert 0.4 < height / width < 1.2


def test_letters_no_font_has_are_left_out_and_never_boxes() -> None:
    assert legible("Rua  Humaitá\n") == "Rua Humaitá"
    assert legible("A \U0001f6f8 B") in {"A B", "A \U0001f6f8 B"}
    chinese = legible("光谷三路 Guanggu 3rd Road")
    assert chinese == ("光谷三路 Guanggu 3rd Road" if len(families()) > 1 else "Guanggu 3rd Road")


def test_a_folder_that_is_not_there_is_one_clear_error(plan: Any, network: Any, tmp_path: Path) -> None:
    street = [[(0.0, 20.0), (300.0, 20.0)]]
    with pytest.raises(InputError, match="cannot be written"):
        draw_plan(plan(street), network(street), tmp_path / "absent" / "map.png")


def test_a_fleet_has_a_colour_for_each_aircraft_on_map_and_timetable(network: Any, blocks: Any, tmp_path: Path) -> None:
    mission = Mission.model_validate(
        {
            "name": "Fleet",
            "roads": {"file": "test.geojson", "revisit": [{"names": ["Ring"], "every_min": 20}]},
            "day": {"begin": "08:00", "end": "09:00"},
            "docks": [{"id": "west", "lat": 30.5, "lon": 114.397}, {"id": "east", "lat": 30.5, "lon": 114.403}],
            "fleet": [
                {"vehicle_id": "uav-1", "system_id": 1, "dock": "west"},
                {"vehicle_id": "uav-2", "system_id": 2, "dock": "east"},
            ],
        }
    )
    made = plan_fleet(mission, "hash", network(blocks, ["Ring"] * 4), Effort(iterations=60))
    draw_plan(made, network(blocks), tmp_path / "map.png")
    draw_timetable(made, tmp_path / "times.png")
    for file in ("map.png", "times.png"):
        picture = _pixels(tmp_path / file)
        assert all(_has(picture, colour) for colour in COLOURS[: len(made.plans)])
    assert len(made.plans) == 2


def test_one_aircraft_has_a_timetable_too(plan: Any, blocks: Any, tmp_path: Path) -> None:
    made: Plan = plan(blocks, reserve_pct=75)
    assert len(made.sorties) >= 2
    draw_timetable(made, tmp_path / "times.png")
    assert _has(_pixels(tmp_path / "times.png"), COLOURS[0])
