"""What happens to the link, told as events of the flight."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flight.context import Flight
from flight.events import EventKind
from flight.link_news import LinkNews, LinkNewsKind

_TOLD: Final[Mapping[LinkNewsKind, EventKind]] = MappingProxyType(
    {
        LinkNewsKind.FOREIGN_STATION: EventKind.FOREIGN_STATION,
        LinkNewsKind.FAILOVER: EventKind.LINK_FAILOVER,
        LinkNewsKind.REFUSED: EventKind.REFUSED,
        LinkNewsKind.RECORD_FAILED: EventKind.REFUSED,
    }
)
"""The others are told by what follows the flight, or are for a programmer."""


def tell_link_news(flight: Flight) -> None:
    """Tell the operator of other stations, refused frames, and channels that change, from now on."""

    def hear(news: LinkNews) -> None:
        if news.kind in _TOLD:
            flight.tell(_TOLD[news.kind], news.text)

    flight.link.listen_news(hear)
