"""All channels and all vehicles of one process: who hears what, over which channel we speak, one heartbeat for all."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from flight.channel import Channel, ChannelDoors
from flight.channel_choice import ChannelChoice, is_heard
from flight.dialect import Received
from flight.doubles import Doubles
from flight.errors import LinkSilent
from flight.exchange import GCS_COMPONENT_ID, MAV_TYPE_GCS, LinkQuality
from flight.heartbeat import beat, heartbeat
from flight.latency import answer
from flight.link_news import LinkNews, LinkNewsKind
from flight.link_settings import LinkSettings
from flight.link_url import LinkUrl
from flight.own_faults import OwnFaults
from flight.signing import Signer
from flight.stations import ForeignStations
from flight.stream_rates import StreamRates
from flight.tlog import TlogWriter
from flight.told_record import ToldRecord
from flight.vehicle_link import VehicleLink
from missions import InputError, Message

_LATENCY_S: Final = 1.0
_SAVE_S: Final = 20.0
_NEWS_KEPT: Final = 100


class LinkHub:
    """Channels to vehicles by system id; make one with `open_hub`."""

    def __init__(
        self, urls: Sequence[LinkUrl], settings: LinkSettings, *, signer: Signer | None, tlog: TlogWriter | None
    ) -> None:
        self.settings = settings
        self.address = ", ".join(map(str, urls))
        self._signer = signer
        self._faults = OwnFaults(self._tell)
        own = (settings.own_system_id, GCS_COMPONENT_ID)
        doors = ChannelDoors(hear=self._hear, record=ToldRecord(tlog, self._tell).write, tell=self._tell)
        self.channels = tuple(
            Channel(url, number, own=own, signer=signer, doors=doors) for number, url in enumerate(urls)
        )
        self._links: dict[int, VehicleLink] = {}
        self._unmet: list[VehicleLink] = []
        self._choice = ChannelChoice(self.channels)
        self._rates = StreamRates()
        self._stations = ForeignStations(settings.own_system_id)
        self._doubles = Doubles()
        self.news: deque[LinkNews] = deque(maxlen=_NEWS_KEPT)
        """What happened to the channels so far."""

    # -- vehicles --------------------------------------------------------------------------------------------------

    def vehicle(self, system_id: int) -> VehicleLink:
        """Return the link to a vehicle, whether it was heard yet or not."""
        if system_id not in self._links:
            self._links[system_id] = self._link(system_id)
        return self._links[system_id]

    async def wait_vehicle(self, system_id: int | None = None, *, timeout_s: float = 10.0) -> VehicleLink:
        """Return the link to a vehicle once its autopilot's heartbeat is heard; None is the first one heard.

        Raises:
            LinkSilent: none within the time.

        """
        link = self.unmet_vehicle()
        try:
            await link.wait_vehicle(system_id=system_id, timeout_s=timeout_s)
        finally:
            with suppress(ValueError):
                self._unmet.remove(link)
        return self._links[link.target_system]

    def unmet_vehicle(self) -> VehicleLink:
        """Return a link that waits for its vehicle: its `wait_vehicle` says which."""
        link = self._link(0)
        self._unmet.append(link)
        return link

    @property
    def vehicles(self) -> tuple[VehicleLink, ...]:
        """The vehicles that are known, by system id."""
        return tuple(self._links[system_id] for system_id in sorted(self._links))

    @property
    def qualities(self) -> tuple[LinkQuality, ...]:
        """What was counted on each channel, of all its senders."""
        return tuple(channel.quality(0, 0, stations=self.foreign_stations) for channel in self.channels)

    @property
    def foreign_stations(self) -> tuple[int, ...]:
        """System ids of other ground stations heard in the last half minute; our own, where another one has it too."""
        return self._stations.system_ids

    # -- what a vehicle's link asks for ----------------------------------------------------------------------------

    def send(self, link: VehicleLink, message: Message) -> None:
        """Send to a vehicle over the best channel; over all, while none is known to reach it."""
        self._rates.note(link.target_system, message)
        self._choose(link)
        for channel in self._choice.of(link):
            channel.send(message, link.target_system)

    def quality_of(self, link: VehicleLink) -> LinkQuality:
        """Return what was counted of a vehicle on the channel in use; reading changes nothing."""
        heard = min(self._choice.of(link), key=lambda c: c.heard_ago_s(link.target_system, link.target_component))
        return heard.quality(link.target_system, link.target_component, stations=self.foreign_stations)

    def met(self, link: VehicleLink) -> None:
        """A link knows its vehicle now."""
        with suppress(ValueError):
            self._unmet.remove(link)
        self._links.setdefault(link.target_system, link)

    def rebooted(self, system_id: int) -> None:
        """A vehicle began anew."""
        self._rates.repeat(system_id)
        for channel in self.channels:
            channel.forget_numbers(system_id)

    # -- in --------------------------------------------------------------------------------------------------------

    def _hear(self, channel: Channel, received: Received) -> None:
        message = received.message
        if message.name == "HEARTBEAT" and message.fields["type"] == MAV_TYPE_GCS:
            self._hear_station(channel, received)
        if message.sysid == self.settings.own_system_id:
            return
        if message.name == "TIMESYNC":  # it concerns nobody else
            self._tell_time(channel, message)
            return
        if self._is_double(channel, received):
            return
        link = self._links.get(message.sysid)
        if link is not None:
            link.publish(message)
        for unmet in tuple(self._unmet):
            unmet.publish(message)

    def _hear_station(self, channel: Channel, received: Received) -> None:
        system_id = received.message.sysid
        if system_id == self.settings.own_system_id and any(each.is_echo(received) for each in self.channels):
            return
        if (text := self._stations.hear(system_id, str(channel.url))) is not None:
            self._tell(LinkNews(kind=LinkNewsKind.FOREIGN_STATION, text=text, system_id=system_id))

    def _tell_time(self, channel: Channel, message: Message) -> None:
        """Answer a vehicle of ours that asks for our time."""
        is_asked = self.settings.is_station and message.sysid in self._links
        if is_asked and (reply := answer(message)) is not None:
            channel.send(reply, message.sysid)

    def _is_double(self, channel: Channel, received: Received) -> bool:
        """Whether another channel brought the same a moment ago."""
        return len(self.channels) > 1 and self._doubles.is_double(received, channel, time.monotonic())

    # -- out -------------------------------------------------------------------------------------------------------

    def _choose(self, link: VehicleLink) -> None:
        """Speak over the best channel from now on; what the vehicle was asked to send has to come over a live one."""
        changed = self._choice.choose(link)
        if changed is not None:
            self._rates.repeat(link.target_system)
            link.tell(
                LinkNewsKind.FAILOVER,
                f"vehicle {link.target_system} is spoken to over {changed.now.url} now, "
                f"no longer over {changed.before.url}",
            )

    def _beat(self) -> None:
        """Send our heartbeat everywhere, and do what is done with each."""
        message = heartbeat(is_station=self.settings.is_station)
        for channel in self.channels:
            with self._faults.told(f"our heartbeat over {channel.url}"):
                channel.send(message, 0)
        for link in self.vehicles:
            with self._faults.told(f"the care of the link to vehicle {link.target_system}"):
                self._tend(link)

    def _tend(self, link: VehicleLink) -> None:
        link.look_for_texts()
        self._choose(link)  # also while nothing is sent
        for request in self._rates.due(link.target_system):
            self.send(link, request)

    async def _look_after(self) -> None:
        """Ask for the latency each second of the wall, and keep the stamp of our signatures."""
        saved_s = time.monotonic()
        while True:
            await asyncio.sleep(_LATENCY_S)
            self._ask_latency()
            if self._signer is not None and time.monotonic() - saved_s > _SAVE_S:
                saved_s = time.monotonic()
                await self._save_stamp(self._signer)

    def _ask_latency(self) -> None:
        if not self.settings.is_station:
            return
        for channel in self.channels:
            for link in self.vehicles:
                if is_heard(link, channel):
                    channel.send(channel.trips(link.target_system).ask(), link.target_system)

    async def _save_stamp(self, signer: Signer) -> None:
        try:
            await asyncio.to_thread(signer.save)
        except InputError as exc:
            self._tell(LinkNews(kind=LinkNewsKind.RECORD_FAILED, text=f"signing: {exc}"))

    # -- news ------------------------------------------------------------------------------------------------------

    def _tell(self, news: LinkNews) -> None:
        """Tell everybody: what happens to a channel concerns every vehicle on it."""
        self.news.append(news)
        for link in (*self._links.values(), *self._unmet):
            link.pass_on(news)

    def _link(self, system_id: int) -> VehicleLink:
        link = VehicleLink(self, system_id=system_id)
        link.own_system_id = self.settings.own_system_id
        return link

    # -- open and closed -------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open all channels; one that does not open is tried again, as long as another does.

        Raises:
            LinkSilent: nothing is at any of them.
            InputError: an address cannot be used.

        """
        silent: list[LinkSilent] = []
        for channel in self.channels:
            try:
                await channel.open()
            except LinkSilent as exc:
                silent.append(exc)
                channel.tell_lost(str(exc))
        if len(silent) == len(self.channels):
            raise silent[0]

    def tasks(self) -> list[asyncio.Task[None]]:
        """Begin to beat and to keep the channels open; a fault in one of them is news, and it goes on."""
        loops: dict[str, Callable[[], Coroutine[None, None, None]]] = {
            "our heartbeat": lambda: beat(self._beat, lambda: [link.clock for link in self.vehicles]),
            "the care of the links": self._look_after,
            **{f"the opening of {channel.url}": channel.keep_open for channel in self.channels},
        }
        return [asyncio.create_task(self._faults.keep(what, loop)) for what, loop in loops.items()]

    def close(self) -> None:
        """Close all channels."""
        for channel in self.channels:
            channel.close()
        for link in (*self._links.values(), *self._unmet):
            link.close()
        if self._signer is not None:
            with suppress(InputError):
                self._signer.close()


@asynccontextmanager
async def open_hub(urls: Sequence[LinkUrl], settings: LinkSettings) -> AsyncIterator[LinkHub]:
    """Open addresses; our heartbeat runs on all of them exactly while they are open.

    Raises:
        InputError: an address, the key or the tlog cannot be used.
        LinkSilent: nothing can be there.

    """
    async with AsyncExitStack() as stack:
        signer = Signer.of_file(settings.signing_key) if settings.signing_key is not None else None
        tlog = stack.enter_context(TlogWriter(settings.tlog)) if settings.tlog is not None else None
        hub = LinkHub(urls, settings, signer=signer, tlog=tlog)
        tasks: list[asyncio.Task[None]] = []
        try:
            await hub.open()
            tasks += hub.tasks()
            yield hub
        finally:
            for task in tasks:
                task.cancel()
            hub.close()  # before anything is waited for: a second cancellation leaves no socket open
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)  # the event loop closes the sockets: the port can be opened again at once
