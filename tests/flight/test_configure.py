"""What a patrol changes on its vehicle is read back, kept for a later flight, and given back in the end."""

from pathlib import Path

import pytest
from flight_fakes import ScriptedLink, drawn_plan
from ready_vehicle import COPTER_4_6, ObedientVehicle, configured, flight_of, parameters, texts, vehicle_says

from flight.configure import configure, read_back, recall_replaced, restore, restore_all
from flight.context import Flight
from flight.errors import ParameterRefused, TransferFailed
from flight.keeper import LedgerKeeper
from flight.ledger import Ledger
from flight.parameter_names import GCS_FAILSAFE
from missions import Message

PLAN = drawn_plan((0, 80), (80, 80))


@pytest.fixture(autouse=True)
def _believed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these vehicles answer is never of an earlier set."""
    monkeypatch.setattr("flight.parameters._OTHER_ANSWERS", 1)


def vehicle_of(flight: Flight) -> ObedientVehicle:
    assert isinstance(flight.link, ScriptedLink)
    assert isinstance(flight.link.autopilot, ObedientVehicle)
    return flight.link.autopilot


def values_of(flight: Flight) -> dict[str, float]:
    return {name: parameter.value for name, parameter in flight.parameters.by_name.items()}


async def test_only_what_differs_is_set_and_each_change_is_told() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), configured(PLAN, FENCE_TYPE=7.0, FS_GCS_ENABLE=0.0))
    await configure(flight)
    assert values_of(flight) == values_of(flight_of(PLAN, [], configured(PLAN))[0])
    assert sorted(texts(told)) == ["FENCE_TYPE 7 -> 5", "FS_GCS_ENABLE 0 -> 1"]
    assert flight.replaced == {"FENCE_TYPE": 7.0, "FS_GCS_ENABLE": 0.0}


async def test_a_patrols_end_restores_every_value_it_replaced() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), parameters())
    await configure(flight)
    assert vehicle_of(flight).values["FENCE_ENABLE"] == 1.0
    await restore_all(flight)
    assert vehicle_of(flight).values == {name: value for name, (value, _) in COPTER_4_6.items()}
    assert flight.replaced == {}
    assert texts(told)[-1].endswith("parameters have the values again that they had before")


async def test_a_vehicle_in_the_air_keeps_its_failsafes() -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), parameters())
    await configure(flight)
    before = dict(flight.replaced)
    flight.link.publish(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 209, "custom_mode": 3}))
    await restore_all(flight)
    assert vehicle_of(flight).values["FS_GCS_ENABLE"] == 1.0
    assert flight.replaced == before


async def test_a_flight_that_was_cut_off_is_cleaned_up_after_by_the_next(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "uav-1")
    first, _ = flight_of(PLAN, vehicle_says(), parameters())
    first.keeper = LedgerKeeper(ledger)
    recall_replaced(first)
    await configure(first)  # and now the ground station is killed
    left = vehicle_of(first).values
    second, _ = flight_of(PLAN, vehicle_says(), parameters(**left))
    second.keeper = LedgerKeeper(ledger)
    recall_replaced(second)
    await configure(second)
    await restore_all(second)
    assert vehicle_of(second).values == {name: value for name, (value, _) in COPTER_4_6.items()}
    on_board = ledger.read()
    assert on_board is not None
    assert on_board.replaced == {}


async def test_what_was_replaced_is_kept_before_the_first_change(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "uav-1")
    flight, _ = flight_of(PLAN, vehicle_says(), parameters())
    flight.keeper = LedgerKeeper(ledger)
    recall_replaced(flight)
    vehicle_of(flight).stubborn = {"FENCE_ENABLE"}
    with pytest.raises(ParameterRefused):
        await configure(flight)
    on_board = ledger.read()
    assert on_board is not None
    assert on_board.replaced["FENCE_ENABLE"] == 0.0
    assert on_board.plan_hash == PLAN.plan_hash


async def test_what_cannot_be_given_back_is_told_with_its_value() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), configured(PLAN, FS_GCS_ENABLE=0.0))
    await configure(flight)
    vehicle_of(flight).stubborn = {"FS_GCS_ENABLE"}
    await restore_all(flight)
    assert texts(told)[-1].endswith("not given back: FS_GCS_ENABLE 0")
    assert flight.replaced == {"FS_GCS_ENABLE": 0.0}


async def test_one_setting_can_be_given_back_alone() -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), parameters())
    await configure(flight)
    await restore(flight, GCS_FAILSAFE)
    assert vehicle_of(flight).values["FS_GCS_ENABLE"] == 0.0
    assert vehicle_of(flight).values["FENCE_ENABLE"] == 1.0


async def test_a_vehicle_that_does_not_answer_for_its_parameters_is_not_judged_by_old_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flight.parameters._TRIES", 2)
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    del vehicle_of(flight).values["FS_GCS_ENABLE"]
    with pytest.raises(TransferFailed, match="does not say what FS_GCS_ENABLE is"):
        await read_back(flight)
    quiet, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    vehicle_of(quiet).values.clear()
    with pytest.raises(TransferFailed, match="does not say"):
        await read_back(quiet)
