"""The aircraft's own camera films where it can; a flight never ends for its sake."""

from flight_fakes import ScriptedLink, drawn_plan
from ready_vehicle import configured, flight_of, texts, vehicle_says

from flight.camera import MAV_CMD_VIDEO_START_CAPTURE, MAV_CMD_VIDEO_STOP_CAPTURE, AircraftCamera
from flight.context import Flight
from missions import Message

PLAN = drawn_plan((0, 80), (80, 80))
_UNSUPPORTED = 3  # MAV_RESULT


def asked(flight: Flight) -> list[int]:
    assert isinstance(flight.link, ScriptedLink)
    return [message.integer("command") for message in flight.link.sent if message.name == "COMMAND_LONG"]


async def test_it_is_told_to_film_again_after_an_interruption_and_to_stop_once() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), configured(PLAN))
    camera = AircraftCamera(flight)
    for step in (camera.start, camera.start, camera.stop, camera.stop):
        await step()
    start, stop = MAV_CMD_VIDEO_START_CAPTURE, MAV_CMD_VIDEO_STOP_CAPTURE
    assert asked(flight) == [start, start, stop]
    assert texts(told) == ["the aircraft's camera does what was asked"]


async def test_one_that_cannot_is_named_once_and_not_asked_again() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), configured(PLAN))
    assert isinstance(flight.link, ScriptedLink)

    def refuses(message: Message) -> list[Message]:
        return [Message("COMMAND_ACK", {"command": message.integer("command"), "result": _UNSUPPORTED})]

    flight.link.autopilot = refuses
    camera = AircraftCamera(flight)
    await camera.start()
    await camera.start()
    assert asked(flight) == [MAV_CMD_VIDEO_START_CAPTURE]
    assert texts(told)[0].startswith("the aircraft's camera does not film (")
    assert texts(told)[1:] == ["the flight goes on without its camera"]
