"""A link to one vehicle, over one address or several: its heartbeat, its record, its order of channels."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from flight.exchange import GCS_SYSTEM_ID
from flight.hub import open_hub
from flight.link_settings import LinkSettings
from flight.link_url import LinkUrl, parse_link_url
from flight.vehicle_link import VehicleLink

__all__ = ["VehicleLink", "open_link"]


@asynccontextmanager
async def open_link(
    url: str | LinkUrl | Sequence[str | LinkUrl],
    *,
    tlog: Path | None = None,
    own_system_id: int = GCS_SYSTEM_ID,
    signing_key: Path | None = None,
    is_station: bool = True,
) -> AsyncIterator[VehicleLink]:
    """Open an address, or several that lead to the same vehicle; our heartbeat runs exactly while it is open.

    Raises:
        InputError: the address is no address, or the key or the tlog cannot be used.
        LinkSilent: nothing can be there.

    """
    urls = [url] if isinstance(url, str | LinkUrl) else url
    parsed = [parse_link_url(each) if isinstance(each, str) else each for each in urls]
    settings = LinkSettings(own_system_id=own_system_id, signing_key=signing_key, tlog=tlog, is_station=is_station)
    async with open_hub(parsed, settings) as hub:
        yield hub.unmet_vehicle()
