"""The rates that were asked of each vehicle, asked again where it cannot know them.

A vehicle keeps them for the channel that they were asked on, until it reboots; what comes over the next channel are
its defaults, which may be nothing but heartbeats.
"""

from typing import Final

from flight.commands import MAV_CMD_SET_MESSAGE_INTERVAL
from missions import Message

_TIMES: Final = 3
"""Nobody waits for the answers: one of several is enough."""


class StreamRates:
    """The last request for each message, by system id."""

    def __init__(self) -> None:
        self._asked: dict[int, dict[object, Message]] = {}
        self._times_due: dict[int, int] = {}

    def note(self, system_id: int, message: Message) -> None:
        """Remember what is sent to a vehicle, if it is such a request."""
        if message.name == "COMMAND_LONG" and message.fields.get("command") == MAV_CMD_SET_MESSAGE_INTERVAL:
            self._asked.setdefault(system_id, {})[message.fields.get("param1")] = message

    def repeat(self, system_id: int) -> None:
        """Let them be asked again: over another channel, or after a reboot."""
        self._times_due[system_id] = _TIMES

    def due(self, system_id: int) -> tuple[Message, ...]:
        """Return what is to be asked now; to be called once a heartbeat."""
        times = self._times_due.get(system_id, 0)
        if not times:
            return ()
        self._times_due[system_id] = times - 1
        return tuple(self._asked.get(system_id, {}).values())
