import csv
import random
from pathlib import Path

import pytest
from flight_fakes import ScriptedLink

from flight import parameter_list, parameter_names, retry
from flight.errors import ParameterRefused, TransferFailed
from flight.parameter_names import ARMING_CHECKS, ARMING_CHECKS_SKIPPED, RETURN_HEIGHT_M, WAYPOINT_SPEED_M_S, Setting
from flight.parameters import (
    Parameter,
    Parameters,
    download_parameters,
    read_parameters,
    set_parameter,
    set_parameters,
)
from missions import Message

REAL32, INT8 = 9, 2


class ParameterStore:
    """A vehicle's parameters, some of whose messages get lost."""

    def __init__(self, values: dict[str, tuple[float, int]], *, loss: float = 0.0) -> None:
        self.values = values
        self.types_set: list[int] = []
        self.keeps: set[str] = set()
        """Names that cannot be set."""
        self._dice, self._loss = random.Random(3), loss

    def hear(self, message: Message) -> list[Message]:
        """Answer one message."""
        names = list(self.values)
        match message.name:
            case "PARAM_REQUEST_LIST":
                replies = [self._value(name) for name in names]
            case "PARAM_REQUEST_READ":
                index = message.integer("param_index")
                name = names[index] if index >= 0 else message.text("param_id")
                replies = [self._value(name, placed=index >= 0)] if name in self.values else []
            case "PARAM_SET":
                name = message.text("param_id")
                self.types_set.append(message.integer("param_type"))
                if name not in self.keeps:
                    self.values[name] = (message.number("param_value"), self.values[name][1])
                replies = [self._value(name, placed=False)]
            case _:
                replies = []
        return [reply for reply in replies if self._dice.random() >= self._loss]

    def _value(self, name: str, *, placed: bool = True) -> Message:
        value, mav_type = self.values[name]
        fields = {
            "param_id": name,
            "param_value": value,
            "param_type": mav_type,
            "param_index": list(self.values).index(name) if placed else 65535,
            "param_count": len(self.values),
        }
        return Message("PARAM_VALUE", fields)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_SHORTEST_S", "_JITTER_S", "_FIRST_S", "_LONGEST_S"):
        monkeypatch.setattr(retry, name, 0.003)
    monkeypatch.setattr(parameter_list, "_QUIET_S", 0.02)
    monkeypatch.setattr(parameter_list, "_SILENCE_S", 0.3)


MANY = {f"P{number}": (float(number), REAL32) for number in range(400)}


async def test_what_got_lost_is_asked_for_again() -> None:
    found = await download_parameters(ScriptedLink(ParameterStore(MANY, loss=0.3).hear))
    assert {name: p.value for name, p in found.by_name.items()} == {name: value for name, (value, _) in MANY.items()}


async def test_a_vehicle_without_parameters_is_told_by_name() -> None:
    with pytest.raises(TransferFailed, match="does not list"):
        await download_parameters(ScriptedLink(lambda _message: []), timeout_s=2.0)


@pytest.mark.parametrize(
    ("values", "height_m", "speed_m_s"),
    [
        pytest.param({"RTL_ALT": (1500, 4), "WPNAV_SPEED": (800, REAL32)}, 15.0, 8.0, id="Copter 4.6: centimetres"),
        pytest.param({"RTL_ALT_M": (15, REAL32), "WP_SPD": (8, REAL32)}, 15.0, 8.0, id="Copter 4.7: metres"),
        pytest.param({"OTHER": (1, REAL32)}, None, None, id="neither"),
    ],
)
async def test_a_setting_is_found_by_presence_and_read_in_si_units(
    values: dict[str, tuple[float, int]], height_m: float | None, speed_m_s: float | None
) -> None:
    found = await download_parameters(ScriptedLink(ParameterStore(values).hear))
    assert (found.value_si(RETURN_HEIGHT_M), found.value_si(WAYPOINT_SPEED_M_S)) == (height_m, speed_m_s)


async def test_an_integer_is_set_with_its_own_type_and_read_back() -> None:
    store = ParameterStore({"FENCE_TYPE": (7, INT8)})
    link = ScriptedLink(store.hear)
    parameters = await download_parameters(link)
    await set_parameter(link, parameters, "FENCE_TYPE", 5)
    assert store.types_set == [INT8]
    assert parameters.by_name["FENCE_TYPE"].value == 5


async def test_a_vehicle_that_keeps_its_value_is_an_error() -> None:
    store = ParameterStore({"RTL_ALT": (1500, 4)})
    store.keeps = {"RTL_ALT"}
    link = ScriptedLink(store.hear)
    parameters = await download_parameters(link)
    with pytest.raises(ParameterRefused, match="RTL_ALT stays 1500 instead of 6000"):
        await set_parameter(link, parameters, "RTL_ALT", 6000)
    with pytest.raises(ParameterRefused, match="no parameter NOPE"):
        await set_parameter(link, Parameters({}), "NOPE", 1)


@pytest.mark.parametrize("seed", range(4))
async def test_many_are_set_and_read_together_over_a_link_that_loses_a_third_both_ways(seed: int) -> None:
    store = ParameterStore(dict(MANY))
    parameters = await download_parameters(ScriptedLink(store.hear))
    dice = random.Random(seed)

    def lossy(message: Message) -> list[Message]:
        replies = store.hear(message) if dice.random() < 0.7 else []
        return [reply for reply in replies if dice.random() < 0.7]

    link = ScriptedLink(lossy)
    wanted = {f"P{number}": number + 0.1 for number in range(40)}
    await set_parameters(link, parameters, wanted)
    assert {name: value for name, (value, _) in store.values.items() if name in wanted} == wanted
    again = await read_parameters(link, [*wanted, "ABSENT"])
    assert {name: p.value for name, p in again.by_name.items()} == wanted
    assert all(parameters.by_name[name].value == value for name, value in wanted.items())


async def test_late_answers_to_an_earlier_set_are_no_refusal() -> None:
    store = ParameterStore({"VOLTS": (25.19, REAL32)})
    parameters = await download_parameters(ScriptedLink(store.hear))
    late = store.hear(Message("PARAM_REQUEST_READ", {"param_id": "VOLTS", "param_index": -1}))

    def busy(message: Message) -> list[Message]:
        return [*late * 5, *store.hear(message)] if message.name == "PARAM_SET" else store.hear(message)

    await set_parameter(ScriptedLink(busy), parameters, "VOLTS", 25.2)
    assert parameters.by_name["VOLTS"].value == 25.2


async def test_a_list_that_grew_while_it_was_read_is_read_anew() -> None:
    store = ParameterStore({f"P{number}": (float(number), REAL32) for number in range(30)})
    asked: list[int] = []

    def growing(message: Message) -> list[Message]:
        replies = store.hear(message)
        if message.name == "PARAM_REQUEST_LIST" and not asked:
            asked.append(1)
            store.values = {"NEW": (7.0, REAL32), **store.values}  # all places move
            replies = replies[:20]
        return replies

    found = await download_parameters(ScriptedLink(growing))
    assert {name: p.value for name, p in found.by_name.items()} == {n: v for n, (v, _) in store.values.items()}


async def test_a_value_that_cannot_travel_is_refused_before_it_is_sent() -> None:
    link = ScriptedLink(lambda _message: [])
    parameters = Parameters({"BIG": Parameter(name="BIG", value=0.0, mav_type=6)})
    for value in (2**24 + 1, 0.5):
        with pytest.raises(ParameterRefused, match="BIG cannot be"):
            await set_parameter(link, parameters, "BIG", value)
    assert link.sent == []


def test_parameters_follow_what_the_vehicle_says_later() -> None:
    parameters = Parameters({})
    parameters.hear(Message("PARAM_VALUE", {"param_id": "RTL_ALT", "param_value": 20.0, "param_type": 4}))
    parameters.hear(Message("HEARTBEAT", {}))
    assert parameters.by_name["RTL_ALT"].value == 20.0
    assert not parameters.is_simulated


def published(version: str) -> Parameters:
    """The settings' names and defaults in that firmware: as vehicles told them; the last by ourselves."""
    with (Path(__file__).parent / "parameter_lists.csv").open(encoding="utf-8") as file:
        values = {row["name"]: float(row[version]) for row in csv.DictReader(file) if row[version]}
    return Parameters({name: Parameter(name=name, value=value, mav_type=REAL32) for name, value in values.items()})


VERSIONS = ("4.4.4", "4.5", "4.6", "4.7", "4.7.0-dev 2598e9d4")
SETTINGS = {name: value for name, value in vars(parameter_names).items() if isinstance(value, Setting)}
RENAMED = [name for name, value in SETTINGS.items() if len(value.spellings) > 1]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", RENAMED)
def test_a_renamed_setting_is_found_in_each_firmware_and_its_default_is_the_same_quantity(
    name: str, version: str
) -> None:
    value_si = published(version).value_si(SETTINGS[name])
    assert value_si is not None
    if version != VERSIONS[-1]:  # its list was taken from a vehicle that was set up
        assert value_si == pytest.approx(published("4.4.4").value_si(SETTINGS[name]))


@pytest.mark.parametrize("version", VERSIONS)
def test_only_one_spelling_of_a_setting_is_there(version: str) -> None:
    names = published(version).by_name
    for setting in SETTINGS.values():
        assert sum(spelling in names for spelling, _ in setting.spellings) <= 1


def test_every_setting_is_known_to_some_firmware() -> None:
    known = {name for version in VERSIONS for name in published(version).by_name}
    unknown = {name for setting in SETTINGS.values() for name, _ in setting.spellings} - known
    assert unknown == {"DID_OPTIONS"}, "only there while DID_ENABLE is 1"


@pytest.mark.parametrize(
    ("setting", "value", "skipped"),
    [
        pytest.param(ARMING_CHECKS, 1, 0, id="4.6, all"),
        pytest.param(ARMING_CHECKS, 0, -1, id="4.6, none"),
        pytest.param(ARMING_CHECKS, 4, (1 << 21) - 2 - 4, id="4.6, the compass only"),
        pytest.param(ARMING_CHECKS_SKIPPED, 0, 0, id="4.7, all"),
        pytest.param(ARMING_CHECKS_SKIPPED, 4, 4, id="4.7, no compass"),
        pytest.param(ARMING_CHECKS_SKIPPED, -1, -1, id="4.7, none"),
    ],
)
def test_arming_checks_are_understood_in_both_ways_of_writing_them(setting: Setting, value: int, skipped: int) -> None:
    name = setting.spellings[0][0]
    parameters = Parameters({name: Parameter(name=name, value=float(value), mav_type=6)})
    assert parameters.skipped_arming_checks == skipped
    assert Parameters({}).skipped_arming_checks == 0
