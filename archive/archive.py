"""The archive of one patrol."""

import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Self

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from archive.footage import FootagePart, join_footage
from archive.journal import Journal
from archive.layout import Layout
from archive.schema import metadata, picture_times, telemetry, tracks
from missions.alert import Alert, Delivery, DeliveryState, Dispatch
from missions.codec import from_json, to_json
from missions.errors import InputError
from missions.formats.plan_file import load_plan, save_plan
from missions.incident import Incident, Verdict
from missions.mission_file import LoadedMission, load_mission
from missions.plan import Plan
from missions.recorded_flight import PictureTime
from missions.roads import RoadNetwork, load_network, save_network
from missions.telemetry import Telemetry
from missions.track import Track


class ArchiveState(StrEnum):
    """Where a patrol stands."""

    OPEN = "open"  # being flown, or cut off
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"  # ended in order, before its end


class Archive(Journal):
    """One patrol's folder: values in, values out. A second process may read while one writes."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder)
        self._made: tuple[Path, ...] = ()
        super().__init__(self.layout.database)

    @classmethod
    def create(cls, folder: Path, *, patrol_id: str, mission_file: Path, roads: RoadNetwork, plan: Plan) -> Self:
        """Make the folder of a new patrol; its mission, roads and plan are copied in, so that it stands alone.

        Raises:
            InputError: the folder holds something already.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("exists and is not empty", file=folder, remedy="a new folder for the archive")
        made = [each for each in (folder, *folder.parents) if not each.exists()]
        try:
            (folder / "thumbnails").mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise InputError(
                f"cannot be made: {exc.strerror}", file=folder, remedy="a place that can be written"
            ) from exc
        layout = Layout(folder)
        shutil.copyfile(mission_file, layout.mission)
        save_network(roads, layout.roads)
        save_plan(plan, layout.plan)
        archive = cls(folder)
        archive._made = tuple(made)
        metadata.create_all(archive._engine)
        archive.set_fact("patrol_id", patrol_id)
        archive.set_fact("state", ArchiveState.OPEN)
        archive.set_fact("created_wall_s", time.time())
        return archive

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an archive that exists.

        Raises:
            InputError: it is none.
        """
        if not Layout(folder).database.is_file():
            raise InputError("is not the archive of a patrol", file=folder, remedy="a folder with patrol.sqlite in it")
        archive = cls(folder)
        try:
            archive.fact("patrol_id")
        except (SQLAlchemyError, KeyError) as exc:
            raise InputError(
                "is damaged or not ours", file=archive.layout.database, remedy="a patrol's archive"
            ) from exc
        return archive

    # What the patrol is -----------------------------------------------------------------------------------------

    @property
    def patrol_id(self) -> str:
        """Name of this patrol."""
        return str(self.fact("patrol_id"))

    @property
    def state(self) -> ArchiveState:
        """Where it stands."""
        return ArchiveState(str(self.fact("state")))

    @property
    def created_wall_s(self) -> float:
        """When it was made, UTC seconds of the ground station."""
        return float(self.fact("created_wall_s"))

    def mission(self) -> LoadedMission:
        """Return the mission it was flown from."""
        return load_mission(self.layout.mission)

    def plan(self) -> Plan:
        """Return the plan it was flown from."""
        return load_plan(self.layout.plan)

    def roads(self) -> RoadNetwork:
        """Return all roads of its area."""
        return load_network(self.layout.roads)

    # What readers ask for ---------------------------------------------------------------------------------------

    def incidents(self) -> list[Incident]:
        """Return every incident in its newest state, in the order they opened."""
        return sorted(self.newest("incident"), key=lambda incident: incident.opened_utc_s)

    def incident(self, incident_id: str) -> Incident:
        """Return one incident in its newest state.

        Raises:
            InputError: there is none of that id.
        """
        for incident in self.incidents():
            if incident.incident_id == incident_id:
                return incident
        raise InputError(
            f"no incident {incident_id!r}", file=self.layout.folder, remedy="an id from `patrol incidents`"
        )

    def alerts(self, incident_id: str | None = None) -> list[Alert]:
        """Return the alerts, of one incident or of all."""
        alerts: list[Alert] = self.newest("alert")
        return [alert for alert in alerts if incident_id in (None, alert.incident_id)]

    def queued_alerts(self) -> list[Alert]:
        """Return the alerts of which no step but `queued` is known: the outbox."""
        settled = {delivery.alert_id for delivery in self.deliveries() if delivery.state is not DeliveryState.QUEUED}
        return [alert for alert in self.alerts() if alert.alert_id not in settled]

    def deliveries(self, alert_id: str | None = None) -> list[Delivery]:
        """Return every step of every alert, or of one, in order."""
        return self.every("delivery", alert_id)

    def dispatches(self) -> list[Dispatch]:
        """Return who was sent, newest per incident."""
        return self.newest("dispatch")

    def verdicts(self, incident_id: str | None = None) -> list[Verdict]:
        """Return the decisions in order; the last one of an incident holds."""
        return self.every("verdict", incident_id)

    # Streams ----------------------------------------------------------------------------------------------------

    def add_tracks(self, values: Iterable[Track]) -> None:
        """Write the tracks of some pictures."""
        rows = [
            {"stream_id": v.stream_id, "pts_s": v.pts_s, "track_id": v.track_id, "value": to_json(v)} for v in values
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(tracks), rows)

    def tracks(self, from_pts_s: float = 0.0, to_pts_s: float = 1e12) -> list[Track]:
        """Return the tracks of a span of footage, by time."""
        query = (
            select(tracks.c.value)
            .where(tracks.c.pts_s.between(from_pts_s, to_pts_s))
            .order_by(tracks.c.pts_s, tracks.c.track_id)
        )
        with self._engine.connect() as connection:
            return [from_json(Track, value) for value in connection.execute(query).scalars()]

    def last_pts_s(self) -> float | None:
        """Return the newest presentation time of any track, None without one."""
        with self._engine.connect() as connection:
            found: float | None = connection.execute(select(func.max(tracks.c.pts_s))).scalar_one_or_none()
        return found

    def add_picture_times(self, stream_id: str, values: Iterable[PictureTime]) -> None:
        """Write when pictures that were looked at were captured; footage alone does not tell."""
        rows = [{"stream_id": stream_id, "pts_s": v.pts_s, "captured_utc_s": v.captured_utc_s} for v in values]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(picture_times), rows)

    def picture_times(self, stream_id: str) -> list[PictureTime]:
        """Return when pictures were captured, by presentation time; of an earlier archive as far as tracks tell it."""
        table = picture_times if inspect(self._engine).has_table(picture_times.name) else None
        with self._engine.connect() as connection:
            if table is not None:
                query = (
                    select(table.c.pts_s, func.max(table.c.captured_utc_s))
                    .where(table.c.stream_id == stream_id)
                    .group_by(table.c.pts_s)
                    .order_by(table.c.pts_s)
                )
                return [PictureTime(pts_s=pts_s, captured_utc_s=utc_s) for pts_s, utc_s in connection.execute(query)]
        told = {track.pts_s: track.captured_utc_s for track in self.tracks() if track.stream_id == stream_id}
        return [PictureTime(pts_s=pts_s, captured_utc_s=utc_s) for pts_s, utc_s in sorted(told.items())]

    def add_telemetry(self, values: Iterable[Telemetry]) -> None:
        """Write poses of the vehicle."""
        rows = [{"vehicle_id": v.vehicle_id, "captured_utc_s": v.captured_utc_s, "value": to_json(v)} for v in values]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(telemetry), rows)

    def telemetry(self, after_utc_s: float = 0.0) -> list[Telemetry]:
        """Return the poses after an instant, by time."""
        query = (
            select(telemetry.c.value)
            .where(telemetry.c.captured_utc_s > after_utc_s)
            .order_by(telemetry.c.captured_utc_s)
        )
        with self._engine.connect() as connection:
            return [from_json(Telemetry, value) for value in connection.execute(query).scalars()]

    # Footage ----------------------------------------------------------------------------------------------------

    def footage_parts(self) -> list[FootagePart]:
        """Return the recordings made so far."""
        try:
            return [FootagePart(str(file), float(first)) for file, first in self.fact("footage_parts")]
        except KeyError:
            return []

    def add_footage_part(self, path: Path, first_pts_s: float) -> None:
        """Tell of a recording that has begun."""
        parts = [(part.file, part.first_pts_s) for part in self.footage_parts() if part.file != path.name]
        self.set_fact("footage_parts", [*parts, (path.name, first_pts_s)])

    @property
    def footage_path(self) -> Path | None:
        """What a player opens: the joined footage, or the first part while it is being recorded."""
        if self.layout.footage.is_file():
            return self.layout.footage
        parts = self.footage_parts()
        return self.layout.folder / parts[0].file if parts else None

    @property
    def footage_first_pts_s(self) -> float:
        """Stream time of the first picture of `footage_path`."""
        if self.layout.footage.is_file():
            return float(self.fact("footage_first_pts_s"))
        parts = self.footage_parts()
        return parts[0].first_pts_s if parts else 0.0

    def next_footage_part(self) -> Path:
        """Return where the next recording goes."""
        number = 0
        while (path := self.layout.footage_part(number)).exists():
            number += 1
        return path

    def reopen(self) -> None:
        """Go on with a patrol that ended before its end: its footage becomes the first part of what follows.

        Raises:
            InputError: it is complete.
        """
        if self.state is ArchiveState.COMPLETE:
            raise InputError(
                "is complete: there is nothing left to fly", file=self.layout.folder, remedy="a new patrol"
            )
        if self.layout.footage.is_file():
            part, first_pts_s = self.next_footage_part(), self.footage_first_pts_s
            self.layout.footage.rename(part)
            self.set_fact("footage_parts", [(part.name, first_pts_s)])
        metadata.create_all(self._engine)  # an earlier version may have had fewer tables
        self.set_fact("state", ArchiveState.OPEN)

    def close(self, state: ArchiveState) -> None:
        """End the patrol: join the footage, drop its parts, say how it ended."""
        parts = self.footage_parts()
        first_pts_s = join_footage(self.layout.folder, parts, self.layout.footage) if parts else None
        if first_pts_s is not None:
            self.set_fact("footage_first_pts_s", first_pts_s)
            self.set_fact("footage_parts", [])
            for part in parts:
                (self.layout.folder / part.file).unlink(missing_ok=True)
        self.set_fact("state", state)
        self.dispose()

    def discard(self) -> None:
        """Remove the folder of a patrol that never began, and those above it that were made for it.

        A folder that stood there before is emptied and stays.
        """
        self.dispose()
        shutil.rmtree(self.layout.folder)
        if self.layout.folder not in self._made:
            self.layout.folder.mkdir()
        for above in self._made[1:]:
            with suppress(OSError):  # something else lies there by now
                above.rmdir()

    def save_thumbnail(self, incident_id: str, jpeg: bytes) -> None:
        """Keep the picture that opened an incident."""
        path = self.layout.thumbnail(incident_id)
        temporary = path.with_suffix(".part")
        temporary.write_bytes(jpeg)
        temporary.replace(path)


def list_archives(folder: Path) -> list[Archive]:
    """Return the archives in a folder (or the folder itself, where it is one), newest first."""
    if Layout(folder).database.is_file():
        return [Archive.open(folder)]
    if not folder.is_dir():
        raise InputError("is no folder", file=folder, remedy="a folder of archives")
    found = []
    for child in sorted(folder.iterdir()):
        with suppress(InputError):  # a damaged one hides itself, not the others
            found.append(Archive.open(child))
    return sorted(found, key=lambda archive: archive.created_wall_s, reverse=True)
