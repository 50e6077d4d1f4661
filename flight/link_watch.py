"""What happens to the link, told as events of the flight: to the operator, the journal and the report."""

from typing import Final

from flight.context import Flight
from flight.events import EventKind
from flight.link_news import LinkNews, LinkNewsKind

TOLD_AS: Final = {
    LinkNewsKind.CHANNEL_LOST: EventKind.LINK_CHANNEL,
    LinkNewsKind.CHANNEL_BACK: EventKind.LINK_CHANNEL,
    LinkNewsKind.FAILOVER: EventKind.LINK_FAILOVER,
    LinkNewsKind.FOREIGN_STATION: EventKind.FOREIGN_STATION,
    LinkNewsKind.REBOOTED: EventKind.REBOOTED,
    LinkNewsKind.REFUSED: EventKind.LINK_ODD,
    LinkNewsKind.SENSELESS: EventKind.LINK_ODD,
    LinkNewsKind.LISTENER_FAILED: EventKind.OWN_FAULT,
    LinkNewsKind.OWN_FAULT: EventKind.OWN_FAULT,
    LinkNewsKind.DROPPED: EventKind.LINK_ODD,
    LinkNewsKind.RECORD_FAILED: EventKind.RECORD,
    LinkNewsKind.RECORD_BACK: EventKind.RECORD,
}


def tell_link_news(flight: Flight) -> None:
    """Tell all that happens to the flight's link from now on, and what happened to its channels before."""

    def hear(news: LinkNews) -> None:
        if news.kind is LinkNewsKind.REBOOTED and flight.control.flying:
            return  # who follows the sortie tells it, and what comes of it
        flight.tell(TOLD_AS[news.kind], news.text)

    flight.link.listen_news(hear)
