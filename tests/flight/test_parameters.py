import random

import pytest
from flight_fakes import ScriptedLink

from flight import parameters as module
from flight.errors import ParameterRefused, TransferFailed
from flight.parameter_names import RETURN_HEIGHT_M, WAYPOINT_SPEED_M_S
from flight.parameters import Parameters, download_parameters, set_parameter
from missions import Message

REAL32, INT8 = 9, 2


class ParameterStore:
    """A vehicle's parameters, some of whose messages get lost."""

    def __init__(self, values: dict[str, tuple[float, int]], *, loss: float = 0.0) -> None:
        self.values = values
        self.types_set: list[int] = []
        self._dice, self._loss = random.Random(3), loss

    def hear(self, message: Message) -> list[Message]:
        """Answer one message."""
        names = list(self.values)
        match message.name:
            case "PARAM_REQUEST_LIST":
                replies = [self._value(name) for name in names]
            case "PARAM_REQUEST_READ":
                replies = [self._value(names[message.integer("param_index")])]
            case "PARAM_SET":
                name = message.text("param_id")
                self.types_set.append(message.integer("param_type"))
                self.values[name] = (message.number("param_value"), self.values[name][1])
                replies = [self._value(name)]
            case _:
                replies = []
        return [reply for reply in replies if self._dice.random() >= self._loss]

    def _value(self, name: str) -> Message:
        value, mav_type = self.values[name]
        fields = {
            "param_id": name,
            "param_value": value,
            "param_type": mav_type,
            "param_index": list(self.values).index(name),
            "param_count": len(self.values),
        }
        return Message("PARAM_VALUE", fields)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUIET_S", 0.02)
    monkeypatch.setattr(module, "_SET_RETRY_S", 0.02)


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
    parameters = await download_parameters(ScriptedLink(store.hear))

    def stubborn(_message: Message) -> list[Message]:
        return [store._value("RTL_ALT")]

    with pytest.raises(ParameterRefused, match="RTL_ALT stays 1500 instead of 6000"):
        await set_parameter(ScriptedLink(stubborn), parameters, "RTL_ALT", 6000)
    with pytest.raises(ParameterRefused, match="no parameter NOPE"):
        await set_parameter(ScriptedLink(stubborn), Parameters({}), "NOPE", 1)
