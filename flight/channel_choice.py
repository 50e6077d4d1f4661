"""Over which channel each vehicle is spoken to: the one in use, until another loses clearly less or it falls silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flight.channel import Channel
from flight.exchange import Exchange

_FRESH_S: Final = 2.0
"""A channel on which the vehicle was heard so lately reaches it."""
_BETTER_PCT: Final = 10.0
"""So much less loss makes another channel worth changing to."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A vehicle is spoken to over another channel from now on."""

    now: Channel
    before: Channel


class ChannelChoice:
    """The channel in use for each vehicle; `of` only looks, `choose` alone changes it."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = channels
        self._in_use: dict[int, Channel] = {}

    def of(self, link: Exchange) -> Sequence[Channel]:
        """Return the channel to speak over as things are now; all of them while none is known to reach the vehicle."""
        if len(self._channels) == 1:
            return self._channels
        fresh = [each for each in self._channels if each.is_open and is_heard(link, each)]
        if not fresh:
            return self._channels
        losses = {each: each.loss_pct(link.target_system, link.target_component) for each in fresh}
        best, in_use = min(fresh, key=losses.__getitem__), self._in_use.get(link.target_system)
        stays = in_use in losses and losses[in_use] <= losses[best] + _BETTER_PCT
        return (in_use,) if in_use is not None and stays else (best,)

    def choose(self, link: Exchange) -> Changed | None:
        """Make that channel the one in use, where one is known to reach the vehicle; say where it was another."""
        channels, before = self.of(link), self._in_use.get(link.target_system)
        if len(channels) > 1 or channels[0] is before:
            return None
        self._in_use[link.target_system] = channels[0]
        return Changed(channels[0], before) if before is not None else None


def is_heard(link: Exchange, channel: Channel) -> bool:
    """Whether a channel brought something of the vehicle a moment ago."""
    return channel.heard_ago_s(link.target_system, link.target_component) < _FRESH_S
