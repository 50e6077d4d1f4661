"""The record of a hub: a disk that fails is told when that begins and when it is over, and costs no message."""

from collections.abc import Sequence

from flight.link_news import LinkNews, LinkNewsKind, OnLinkNews
from flight.tlog import TlogWriter


class ToldRecord:
    """Writes a tlog, or nothing where there is none."""

    def __init__(self, tlog: TlogWriter | None, tell: OnLinkNews) -> None:
        self._tlog, self._tell = tlog, tell
        self._failed = False

    def write(self, frames: Sequence[bytes]) -> None:
        """Append what came or went together."""
        if self._tlog is None:
            return
        try:
            self._tlog.write(*frames)
        except OSError as exc:
            if not self._failed:
                self._failed = True
                text = f"the tlog cannot be written: {exc.strerror}"
                self._tell(LinkNews(kind=LinkNewsKind.RECORD_FAILED, text=text))
            return
        if self._failed:
            self._failed = False
            self._tell(LinkNews(kind=LinkNewsKind.RECORD_BACK, text="the tlog is written again"))
