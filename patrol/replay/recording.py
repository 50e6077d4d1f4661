"""What an archive holds of a patrol that can be watched again."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from archive import Archive
from flight.replay_link import recorded_telemetry
from missions.errors import InputError
from missions.incident import Incident
from missions.recorded_flight import PictureTime, RecordedFlight
from missions.scenario import Truth
from patrol.own_weights import refuse_foreign_weights
from patrol.run.prepare import Prepared
from patrol.run.watching import STREAM_ID
from vision.ingest.source import first_pts_s, has_metadata

_REMEDY = "the archive of a patrol that was flown with --video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recorded patrol, read whole."""

    source: Path
    """The archive it lies in, or its log."""
    mission_file: Path
    prepared: Prepared
    tlog: Path
    report: Path | None
    video: Path
    flight: RecordedFlight
    incidents: tuple[Incident, ...]
    """As they were found then."""
    truths: tuple[Truth, ...]
    notes: tuple[tuple[str, str, float | None], ...]
    """What the flight told then: about, text, patrol time."""

    def flight_of(self, patrol_id: str) -> RecordedFlight:
        """Return the recorded flight under another patrol's name."""
        return replace(self.flight, telemetry=tuple(replace(t, patrol_id=patrol_id) for t in self.flight.telemetry))


def recording_of(folder: Path) -> Recording:
    """Read what an archive holds.

    Raises:
        InputError: it is no archive, or of a patrol that cannot be watched again: without log, footage or the capture
            times of its pictures.

    """
    with Archive.open(folder) as archive:
        layout = archive.layout
        footage = archive.footage_path
        if not layout.tlog.is_file():
            raise InputError("holds no flight.tlog", file=folder, remedy=_REMEDY)
        if footage is None or not footage.is_file():
            raise InputError("holds no footage", file=folder, remedy=_REMEDY)
        began_pts_s = archive.footage_first_pts_s
        times = tuple(
            PictureTime(pts_s=time.pts_s - began_pts_s, captured_utc_s=time.captured_utc_s)
            for time in archive.picture_times(STREAM_ID)
            if time.pts_s >= began_pts_s
        )
        if not times:
            raise InputError("does not tell when its pictures were taken", file=folder, remedy=_REMEDY)
        loaded, plan = archive.mission(), archive.plan()
        refuse_foreign_weights(loaded)
        telemetry = recorded_telemetry(
            layout.tlog,
            system_id=plan.system_id,
            patrol_id=archive.patrol_id,
            vehicle_id=plan.vehicle_id,
            stream_id=STREAM_ID,
        )
        return Recording(
            source=folder,
            mission_file=layout.mission,
            prepared=Prepared(loaded=loaded, roads=archive.roads(), plan=plan),
            tlog=layout.tlog,
            report=layout.report if layout.report.is_file() else None,
            video=footage,
            flight=RecordedFlight(picture_times=times, telemetry=telemetry),
            incidents=tuple(archive.incidents()),
            truths=tuple(archive.newest("truth")),
            notes=tuple(
                (note.about, note.text, note.captured_utc_s)
                for note in archive.every("note")
                if note.about.startswith("flight ")
            ),
        )


def recording_of_files(
    prepared: Prepared, *, mission_file: Path, tlog: Path, video: Path, starts_utc_s: float | None
) -> Recording:
    """Put together a flight that lies in files of its own: what was planned, a log, and the video of any recorder.

    `starts_utc_s` is when the first picture was captured, patrol time; None where metadata (KLV) in the video tells.

    Raises:
        InputError: the log is not of this plan's vehicle, the video is none, or nothing tells when it was taken.

    """
    if starts_utc_s is None and not has_metadata(str(video)):
        raise InputError("holds no metadata that tells when it was taken", file=video, remedy="--video-starts UTC")
    plan = prepared.plan
    telemetry = recorded_telemetry(
        tlog, system_id=plan.system_id, patrol_id="replay", vehicle_id=plan.vehicle_id, stream_id=STREAM_ID
    )
    known = () if starts_utc_s is None else (PictureTime(pts_s=first_pts_s(str(video)), captured_utc_s=starts_utc_s),)
    return Recording(
        source=tlog,
        mission_file=mission_file,
        prepared=prepared,
        tlog=tlog,
        report=None,
        video=video,
        flight=RecordedFlight(picture_times=known, telemetry=telemetry),
        incidents=(),
        truths=(),
        notes=(),
    )


def begin_archive(recording: Recording, folder: Path) -> Archive:
    """Make the archive of a replay, with everything in it that the pictures do not say.

    Raises:
        InputError: the folder holds something already.

    """
    archive = Archive.create(
        folder,
        patrol_id=folder.resolve().name,
        mission_file=recording.mission_file,
        roads=recording.prepared.roads,
        plan=recording.prepared.plan,
    )
    archive.set_fact("replay_of", str(recording.source.resolve()))
    shutil.copyfile(recording.tlog, archive.layout.tlog)
    if recording.report is not None:
        shutil.copyfile(recording.report, archive.layout.report)
    for about, text, captured_utc_s in recording.notes:
        archive.note(about, text, captured_utc_s)
    for truth in recording.truths:
        archive.append("truth", truth)
    archive.add_telemetry(recording.flight_of(archive.patrol_id).telemetry)
    return archive
