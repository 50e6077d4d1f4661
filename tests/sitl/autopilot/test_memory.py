"""What is kept over a restart, and links beside the first."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from missions import InputError
from sitl.autopilot import Copter
from sitl.autopilot.memory import Memory, read_memory, write_memory
from sitl.autopilot.wire import Wire, mav


def test_a_new_process_remembers_what_the_old_one_wrote(ground: Any, words: Any, settings: Any, tmp_path: Path) -> None:
    corners = [
        words.Item(command=5001, params=(3, 0, 0, 0), x=words.LAT + 900 * row, y=words.LON + 900 * (row % 2))
        for row in range(3)
    ]
    ground.ready().upload([words.HOME_ITEM, words.TAKE_OFF])
    assert ground.upload(corners, 1) == 0
    ground.set_parameter("RTL_ALT_M", 33)
    ground.set_parameter("SIM_WIND_SPD", 4)
    ground.set_parameter("SIM_SPEEDUP", 7)
    file = tmp_path / "memory.json"
    assert read_memory(file) == Memory()
    write_memory(file, ground.copter.memory)
    again = words.Ground(Copter(settings, read_memory(file)))
    assert [item.command for item in again.download()] == [16, 22]
    assert [item.command for item in again.download(1)] == [5001] * 3
    assert [again.parameter(name) for name in ("RTL_ALT_M", "SIM_WIND_SPD", "SIM_SPEEDUP", "STAT_BOOTCNT")] == [
        33,
        4,
        1,
        2,
    ]


def test_a_file_that_is_no_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_text('{"parameters": 3}', encoding="ascii")
    with pytest.raises(InputError, match="parameters"):
        read_memory(tmp_path / "memory.json")


def test_each_link_has_its_own_answers_and_rates(settings: Any) -> None:
    copter, station = Copter(replace(settings, links=2)), Wire(250)
    copter.step(2.0)
    first, second = ({m.get_type() for m in Wire(9).parse(copter.outgoing(link))} for link in (0, 1))
    assert "ATTITUDE" in first
    assert second == {"HEARTBEAT", "STATUSTEXT"}
    station.send(mav.MAVLink_command_long_message(1, 1, 511, 0, 108, 1e5, 0, 0, 0, 0, 0))
    station.send(mav.MAVLink_param_set_message(1, 1, b"RTL_ALT_M", 40, 9))
    copter.receive(station.take(), 1)
    copter.step(2.0)
    heard = [m.get_type() for m in Wire(9).parse(copter.outgoing(1))]
    assert heard.count("SIM_STATE") in (20, 21)
    assert {"COMMAND_ACK", "PARAM_VALUE"} <= set(heard)
    assert not {"COMMAND_ACK", "PARAM_VALUE", "SIM_STATE"} & {m.get_type() for m in Wire(9).parse(copter.outgoing(0))}
