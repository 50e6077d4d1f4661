"""One patrol, from a prepared plan to a closed archive, on any link."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from archive import Archive, ArchiveState
from flight.control import FlightControl
from flight.events import EventKind, FlightProgress, FlightUpdate
from flight.fly import Approve, fly_patrol
from flight.report import FlightReport, Outcome
from flight.settings import FlySettings
from flight.telemetry_feed import TelemetryFeed, open_feed
from missions.alert import Delivery
from missions.codec import from_jsonable, to_json, to_jsonable
from missions.errors import FlightError, SkypatrolError
from missions.formats.atomic import write_atomically
from missions.health import Health, HealthState
from missions.plan import Breakpoint
from missions.telemetry import Telemetry
from patrol.plan_terrain import terrain_of_plan
from patrol.run.ground_side import ground_side, preflight_record
from patrol.run.incident_desk import IncidentDesk, Opened
from patrol.run.looks import LookDesk
from patrol.run.prepare import Prepared
from patrol.run.settings import RunSettings
from patrol.run.show import Show
from patrol.run.watch_post import WatchPost
from patrol.run.watching import STREAM_ID, watch_spec
from patrol.way_round import way_round
from response import Sender
from vision.spec import TelemetryKind, WatchSpec

_LAST_PICTURES_S = 30.0
_TELEMETRY_WRITE_S = 0.5
_FEED_SILENT_S = 5.0
_REMEMBER_S = 1.0
_LIFTED_M = 0.5  # above home: it has taken off


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """What a run came to."""

    patrol_id: str
    archive: Path
    report: FlightReport | None
    takeoff_utc_s: float | None
    state: ArchiveState
    pictures: int
    pictures_dropped: int
    error: SkypatrolError | None = None
    """Why it ended before its end, if it did; everything up to there is in the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightRules:
    """How the flight part of a run is flown."""

    fly: FlySettings
    control: FlightControl
    approve: Approve | None


async def run_patrol(prepared: Prepared, settings: RunSettings, show: Show, rules: FlightRules) -> RunOutcome:
    """Fly, watch, alert, archive.

    Raises:
        InputError, LinkSilent: the video or the link is not there; nothing is left behind.
    """
    archive = _archive_for(prepared, settings)
    run = _Run(prepared, settings, show, rules, archive)
    try:
        return await run.whole()
    except SkypatrolError as exc:
        if not run.began and not settings.resume:
            archive.discard()
            raise
        return run.ended(exc)
    except BaseException:
        if run.began or settings.resume:
            archive.close(ArchiveState.INTERRUPTED)
        else:
            archive.discard()
        raise


def resume_point(archive: Archive) -> Breakpoint | None:
    """Return where the archived patrol stopped, None where it had not begun its first leg."""
    try:
        return from_jsonable(Breakpoint, archive.fact("breakpoint"))
    except KeyError:
        return None


def _archive_for(prepared: Prepared, settings: RunSettings) -> Archive:
    if not settings.resume:
        return Archive.create(
            settings.archive,
            patrol_id=settings.archive.name,
            mission_file=prepared.loaded.path,
            roads=prepared.roads,
            plan=prepared.plan,
        )
    archive = Archive.open(settings.archive)
    archive.reopen()
    return archive


class _Run:
    """The wiring of one run."""

    def __init__(
        self, prepared: Prepared, settings: RunSettings, show: Show, rules: FlightRules, archive: Archive
    ) -> None:
        self._prepared, self._settings, self._show, self._rules, self._archive = (
            prepared,
            settings,
            show,
            rules,
            archive,
        )
        mission = prepared.loaded.mission
        self._terrain = terrain_of_plan(prepared.plan, archive.layout.plan, named=prepared.loaded.terrain_file)
        self._looks = LookDesk(
            prepared.plan,
            archive,
            rules.control,
            allowed=mission.watch.looks,
            terrain=self._terrain,
            now=lambda: self._last,
        )
        self._desk = IncidentDesk(
            archive,
            roster=mission.roster,
            mission_name=mission.name,
            walking=prepared.walking,
            on_opened=show.opened,
            looks=self._looks,
        )
        self._last: Telemetry | None = None
        self._telemetry: list[Telemetry] = []
        self._telemetry_written_s = 0.0
        self._post: WatchPost | None = None
        self._feed: TelemetryFeed | None = None
        self._feed_silent = False
        self._takeoff_utc_s: float | None = None
        self._landed_utc_s = 0.0
        self._report: FlightReport | None = None
        self._breakpoint: Breakpoint | None = None
        self._remembered_s = 0.0
        self.began = False
        """Whether something happened that is worth keeping: the vehicle was armed, or found flying."""

    async def whole(self) -> RunOutcome:
        """Run to the end."""
        async with self._sender() as sender, self._listening() as feed, self._watching(sender):
            self._feed = feed
            try:
                self._report = await self._fly(feed)
            finally:
                await self._looks.close()
            if self._post is not None:
                await self._post.finish(self._landed_utc_s, _LAST_PICTURES_S)
        complete = self._report.outcome is Outcome.COMPLETE
        return self._close(ArchiveState.COMPLETE if complete else ArchiveState.INTERRUPTED, None)

    def ended(self, error: SkypatrolError) -> RunOutcome:
        """Close the archive of a run that could not go on."""
        if isinstance(error, FlightError) and isinstance(error.report, FlightReport):
            self._report = error.report
        return self._close(ArchiveState.INTERRUPTED, error)

    def _close(self, state: ArchiveState, error: SkypatrolError | None) -> RunOutcome:
        self._write_telemetry()
        if self._report is not None:
            write_atomically(self._archive.layout.report, to_json(self._report, indent=2))
        if error is not None:
            self._archive.note("run", f"ended: {error}")
        self._archive.close(state)
        return RunOutcome(
            patrol_id=self._archive.patrol_id,
            archive=self._settings.archive,
            report=self._report,
            takeoff_utc_s=self._takeoff_utc_s,
            state=state,
            pictures=self._post.pictures if self._post else 0,
            pictures_dropped=self._post.dropped if self._post else 0,
            error=error,
        )

    @asynccontextmanager
    async def _sender(self) -> AsyncIterator[Sender]:
        def record(delivery: Delivery) -> None:
            self._archive.append("delivery", delivery)

        async with Sender(record, console=self._show.alert) as sender:
            sender.submit(self._archive.queued_alerts())  # left over from before a restart
            yield sender

    @asynccontextmanager
    async def _watching(self, sender: Sender) -> AsyncIterator[None]:
        """Watch while the body runs, from the first picture on; a video that fails later does not end the flight."""
        if self._settings.video_url is None:
            yield
            return

        def send(opened: Opened) -> None:
            sender.submit(opened.alerts)

        spec = self._watch_spec(self._settings.video_url)
        post = WatchPost(spec, archive=self._archive, desk=self._desk, show=self._show, on_alerts=send)
        reading = asyncio.create_task(post.run())
        try:
            await post.wait_first_picture(self._settings.timeout_s)
            self._post = post
            yield
        finally:
            await asyncio.to_thread(post.close)
            await reading

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[TelemetryFeed | None]:
        """Keep the second link open, where there is one."""
        url, plan = self._settings.poses.feed, self._prepared.plan
        if url is None:
            yield None
            return
        async with open_feed(
            url,
            patrol_id=self._archive.patrol_id,
            vehicle_id=plan.vehicle_id,
            stream_id=STREAM_ID,
            on_telemetry=self._push,
            tlog=self._archive.layout.feed_tlog,
            signing_key=self._settings.signing_key,
        ) as feed:
            yield feed

    def _watch_spec(self, video_url: str) -> WatchSpec:
        return watch_spec(
            self._prepared,
            self._archive,
            video=video_url,
            telemetry=self._settings.poses.kind,
            telemetry_file=self._settings.poses.sidecar,
            open_timeout_s=self._settings.timeout_s,
        )

    async def _fly(self, feed: TelemetryFeed | None) -> FlightReport:
        if feed is not None:  # only now: a simulated world begins to move with the first picture
            await feed.wait_poses(
                system_id=self._prepared.plan.system_id,
                hz=self._rules.fly.telemetry_hz,
                timeout_s=self._settings.timeout_s,
            )
        start = resume_point(self._archive) if self._settings.resume else None
        return await fly_patrol(
            self._settings.links,
            self._prepared.plan,
            self._rules.fly,
            on_event=self._on_flight,
            on_telemetry=self._on_telemetry,
            control=self._rules.control,
            approve=self._rules.approve,
            start=start,
            tlog=self._archive.layout.tlog,
            feed=feed,
            record=self._settings.record,
            find_way=way_round(self._prepared.plan, self._terrain),
            ground=ground_side(self._prepared.plan, self._archive, self._post, self._settings.poses.kind),
        )

    def _on_flight(self, update: FlightUpdate) -> None:
        if isinstance(update, FlightProgress):
            self._remember(update)
        else:
            if update.kind in (EventKind.ARMED, EventKind.ATTACHED):
                self.began = True
            if update.checks:
                self._archive.append("preflight", preflight_record(update))
            self._landed_utc_s = max(self._landed_utc_s, update.at_utc_s)
            why = f" ({update.cause})" if update.cause else ""
            self._archive.note(f"flight {update.kind}", f"{update.text}{why}", update.at_utc_s)
        self._show.flight(update)

    def _remember(self, progress: FlightProgress) -> None:
        """Keep where the flight is, so that a later run can go on there; a `kill -9` loses a second at most."""
        here = self._rules.control.place() or Breakpoint(
            sortie_id=progress.sortie_id, item_seq=progress.item_seq, fraction=0.0
        )
        before, now_s = self._breakpoint, time.monotonic()
        moved = before is None or (here.sortie_id, here.item_seq) != (before.sortie_id, before.item_seq)
        if moved or (here != before and now_s - self._remembered_s > _REMEMBER_S):
            self._breakpoint, self._remembered_s = here, now_s
            self._archive.set_fact("breakpoint", to_jsonable(here))

    def _on_telemetry(self, telemetry: Telemetry) -> None:
        self._telemetry.append(telemetry)
        self._last = telemetry
        if telemetry.armed and telemetry.height_above_home_m > _LIFTED_M:
            self._takeoff_utc_s = self._takeoff_utc_s or telemetry.captured_utc_s
        self._landed_utc_s = (
            max(self._landed_utc_s, telemetry.captured_utc_s) if telemetry.armed else self._landed_utc_s
        )
        if self._feed is not None:
            self._tend(self._feed)
        elif self._settings.poses.kind is TelemetryKind.PUSHED:
            self._push(telemetry)
        if time.monotonic() - self._telemetry_written_s > _TELEMETRY_WRITE_S:
            self._write_telemetry()

    def _push(self, telemetry: Telemetry) -> None:
        if self._post is not None:
            self._post.push_telemetry(telemetry)

    def _tend(self, feed: TelemetryFeed) -> None:
        """Say when the second link falls silent, and when it is back."""
        silent = feed.silent_s > _FEED_SILENT_S
        if silent is self._feed_silent:
            return
        self._feed_silent = silent
        state = HealthState.DEGRADED if silent else HealthState.OK
        detail = f"{feed.address} {f'is silent for {feed.silent_s:.0f} s' if silent else 'is heard again'}"
        health = Health(part="telemetry", state=state, at_wall_s=time.time(), detail=detail)
        self._archive.append("health", health)
        self._show.health(health)

    def _write_telemetry(self) -> None:
        telemetry, self._telemetry = self._telemetry, []
        self._archive.add_telemetry(telemetry)
        self._telemetry_written_s = time.monotonic()
