"""Heights from which only tiles show the smallest object: flown where tiles are allowed, refused where they are off."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from missions import InputError
from missions.mission import Mission
from planner.seeing import highest_seen_m, wanted_of, with_height

UHD = 'name = "uhd"\nwidth_px = 3840\nheight_px = 2160\nhfov_deg = 80.0\nfps = 30.0\n'


@pytest.fixture
def seen(mission: Callable[..., Mission], tmp_path: Path) -> Callable[..., Mission]:
    camera = tmp_path / "uhd.toml"
    camera.write_text(UHD)

    def make(height_m: float | str, **watch: Any) -> Mission:
        made = mission(height_m=60.0)
        flight = {"height_m": None if height_m == "auto" else height_m, "altitude_cap_m": 500.0}
        return made.model_copy(
            update={
                "flight": made.flight.model_copy(update=flight),
                "watch": made.watch.model_copy(update=watch),
                "aircraft": made.aircraft.model_copy(update={"camera": str(camera), "gimbal_pitch_deg": -90.0}),
            }
        )

    return make


def test_4k_from_120_m_is_flown_in_tiles_and_says_so(seen: Callable[..., Mission]) -> None:
    mission = seen(120.0)
    _, notes = with_height(mission)
    assert "pictures are looked at in up to 2 x 2 tiles" in notes[0]
    wanted = wanted_of(mission)
    assert wanted is not None
    assert (wanted.input_width_px, wanted.input_height_px) == (2 * (1280 - 96) + 96, 2 * (736 - 96) + 96)
    assert highest_seen_m(mission) > 200.0


def test_a_height_that_needs_no_tiles_has_none(seen: Callable[..., Mission]) -> None:
    mission = seen(100.0)
    assert with_height(mission)[1] == ()
    wanted = wanted_of(mission)
    assert wanted is not None
    assert wanted.input_width_px == 1280


def test_where_tiles_are_off_the_height_is_refused(seen: Callable[..., Mission]) -> None:
    with pytest.raises(InputError, match=r"a two-wheeler of 1.8 m is 11.4 px at the detector's input"):
        with_height(seen(120.0, tiles="off"))


def test_a_height_beyond_all_tiles_is_refused(seen: Callable[..., Mission]) -> None:
    with pytest.raises(InputError, match="from 400 m a two-wheeler"):
        with_height(seen(400.0))


def test_a_height_to_be_chosen_is_that_of_the_whole_picture_unless_tiles_are_asked_for(
    seen: Callable[..., Mission],
) -> None:
    whole, _ = with_height(seen("auto"))
    tiled, _ = with_height(seen("auto", tiles=2))
    assert whole.flight.height_m == with_height(seen("auto", tiles="off"))[0].flight.height_m
    assert tiled.flight.height_m is not None
    assert whole.flight.height_m is not None
    assert tiled.flight.height_m > 1.8 * whole.flight.height_m
