"""Watching a recording again, into an archive of its own. Nobody is warned: what it shows is over."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from archive import Archive, ArchiveState
from missions.alert import Roster
from missions.codec import to_json
from missions.formats.atomic import write_atomically
from missions.incident import Incident
from patrol.replay.recording import Recording, begin_archive
from patrol.run.incident_desk import IncidentDesk
from patrol.run.show import Show
from patrol.run.watch_post import WatchPost
from patrol.run.watching import watch_spec
from vision.spec import TelemetryKind

_OPEN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay came to."""

    patrol_id: str
    archive: Path
    pictures: int
    incidents: tuple[Incident, ...]


async def replay_patrol(recording: Recording, folder: Path, show: Show) -> Replayed:
    """Watch a recording; the incidents found are in the new archive, in the order they opened.

    Raises:
        InputError, VisionError: the folder holds something, or the footage cannot be read; nothing is left behind.

    """
    archive = begin_archive(recording, folder)
    try:
        with tempfile.TemporaryDirectory(prefix="skypatrol-replay-") as scratch:
            pictures = await _watch(recording, archive, Path(scratch) / "flight.json", show)
        incidents = tuple(archive.incidents())
    except BaseException:
        archive.discard()
        raise
    patrol_id = archive.patrol_id
    archive.close(ArchiveState.COMPLETE)
    return Replayed(patrol_id=patrol_id, archive=folder, pictures=pictures, incidents=incidents)


async def _watch(recording: Recording, archive: Archive, flight_file: Path, show: Show) -> int:
    write_atomically(flight_file, to_json(recording.flight_of(archive.patrol_id)))
    spec = watch_spec(
        recording.prepared,
        archive,
        video=str(recording.video),
        telemetry=TelemetryKind.REPLAYED,
        telemetry_file=flight_file,
        open_timeout_s=_OPEN_S,
    )
    desk = IncidentDesk(
        archive,
        roster=Roster(staff=()),
        mission_name=recording.prepared.loaded.mission.name,
        walking=None,
        on_opened=show.opened,
    )
    post = WatchPost(spec, archive=archive, desk=desk, show=show, on_alerts=lambda _opened: None)
    reading = asyncio.create_task(post.run())
    try:
        await post.wait_first_picture(_OPEN_S)
        await reading
        if post.failure is not None:
            raise post.failure
    finally:
        await asyncio.to_thread(post.close)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return post.pictures
