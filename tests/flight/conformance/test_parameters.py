"""The parameter protocol."""

import math

import pytest
from pilot import Pilot

from flight.parameters import download_parameters
from missions import Message

FENCE_RADIUS, FENCE_TYPE = "FENCE_RADIUS", "FENCE_TYPE"  # a float and an INT8 that change nothing on the ground


async def told(pilot: Pilot, fields: dict[str, object], name: str = "PARAM_REQUEST_READ") -> Message | None:
    """Return the answer; the vehicle may tell other parameters at any time."""
    with pilot.link.subscribe("PARAM_VALUE") as values:
        await pilot.link.send(Message(name, fields))
        while (answer := await values.next_or_none(0.8)) is not None:
            by_number = fields.get("param_index", -1)
            if answer.integer("param_index") == by_number or answer.text("param_id") == fields["param_id"]:
                return answer
        return None


async def set_and_told(pilot: Pilot, name: str, value: float, kind: int) -> float:
    answer = await told(pilot, {"param_id": name, "param_value": value, "param_type": kind}, "PARAM_SET")
    assert answer is not None
    assert answer.text("param_id") == name
    return answer.number("param_value")


async def test_the_list_is_whole_and_agrees_with_reads_by_name_and_by_number(ground: Pilot) -> None:
    await ground.ready()  # with its home MIS_TOTAL changes once more
    parameters = await download_parameters(ground.link)
    for name in (FENCE_RADIUS, "SIM_SPEEDUP", "MIS_TOTAL", "FS_GCS_ENABLE"):
        by_name = await told(ground, {"param_id": name, "param_index": -1})
        assert by_name is not None
        assert by_name.number("param_value") == parameters.by_name[name].value
        assert by_name.integer("param_type") == parameters.by_name[name].mav_type
        assert by_name.integer("param_count") == len(parameters.by_name)
    last = await told(ground, {"param_id": "", "param_index": len(parameters.by_name) - 1})
    assert last is not None
    assert last.text("param_id") in parameters.by_name
    assert last.integer("param_index") == len(parameters.by_name) - 1


async def test_values_are_kept_as_their_type_keeps_them(ground: Pilot) -> None:
    await ground.set(FENCE_RADIUS=200.0, FENCE_TYPE=7.0)
    assert await set_and_told(ground, FENCE_RADIUS, 123.456, 9) == pytest.approx(123.456, rel=1e-6)
    assert await set_and_told(ground, FENCE_TYPE, 5.0, 2) == 5
    assert await set_and_told(ground, FENCE_TYPE, 3.7, 2) == 3
    assert await set_and_told(ground, FENCE_TYPE, 300.0, 2) == 127


async def test_what_is_no_number_or_may_not_be_set_changes_nothing(ground: Pilot) -> None:
    await ground.set(FENCE_RADIUS=200.0)
    await told(ground, {"param_id": FENCE_RADIUS, "param_value": math.nan, "param_type": 9}, "PARAM_SET")
    kept = await ground.parameter(FENCE_RADIUS)
    assert kept is not None
    assert kept.number("param_value") == 200.0
    before = await ground.parameter("MIS_TOTAL")
    assert before is not None
    assert await set_and_told(ground, "MIS_TOTAL", 99.0, 4) == before.number("param_value")
    await ground.hears("MIS_TOTAL")


async def test_an_unknown_name_has_no_value(ground: Pilot) -> None:
    assert await told(ground, {"param_id": "NO_SUCH_NAME", "param_index": -1}) is None
    assert await told(ground, {"param_id": "NO_SUCH_NAME", "param_value": 1.0, "param_type": 9}, "PARAM_SET") is None
    assert await told(ground, {"param_id": "", "param_index": 9999}) is None
