"""What the pages show of one patrol: its journal, read once and then followed."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from threading import Lock

from archive import Archive, ArchiveState, Layout
from missions.alert import Alert, Delivery, DeliveryState, Dispatch, Roster
from missions.errors import InputError
from missions.hardware import load_camera
from missions.incident import Decision, Incident, IncidentKind, Verdict
from missions.mission import Mission

_USUAL_WIDTH_PX = 1280
_KINDS = ("incident", "alert", "delivery", "dispatch", "verdict")


class ReviewState(StrEnum):
    """Where the review of an incident stands."""

    NEW = "new"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One warning and how far it got."""

    alert: Alert
    steps: tuple[Delivery, ...]

    @property
    def newest(self) -> Delivery | None:
        """The last thing known of it."""
        return self.steps[-1] if self.steps else None

    @property
    def sent_after_s(self) -> float | None:
        """Wall seconds from the decision to warn until the channel took it; None while it has not."""
        sent = next((step for step in self.steps if step.state is DeliveryState.SENT), None)
        return None if sent is None else sent.at_wall_s - self.alert.created_wall_s


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFile:
    """An incident and everything that was done about it."""

    incident: Incident
    recorded_wall_s: float
    """When its first state was written."""
    alerts: tuple[AlertLine, ...]
    dispatch: Dispatch | None
    verdicts: tuple[Verdict, ...]
    """In order; the last one holds."""

    @property
    def state(self) -> ReviewState:
        """Where its review stands."""
        if not self.verdicts:
            return ReviewState.NEW
        confirmed = self.verdicts[-1].decision is Decision.CONFIRMED
        return ReviewState.CONFIRMED if confirmed else ReviewState.DISMISSED


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents a reviewer wants to see; None stands for all."""

    state: ReviewState | None = None
    kind: IncidentKind | None = None

    def keeps(self, file: IncidentFile) -> bool:
        """Whether it is one of them."""
        return self.state in (None, file.state) and self.kind in (None, file.incident.kind)


@dataclass(slots=True)
class _Journal:
    seq: int = 0
    incidents: dict[str, Incident] = field(default_factory=dict)
    recorded_wall_s: dict[str, float] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    steps: dict[str, list[Delivery]] = field(default_factory=dict)
    dispatches: dict[str, Dispatch] = field(default_factory=dict)
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)

    def take(self, seq: int, wall_s: float, value: object) -> None:
        self.seq = max(self.seq, seq)
        match value:
            case Incident():
                self.incidents[value.incident_id] = value
                self.recorded_wall_s.setdefault(value.incident_id, wall_s)
            case Alert():
                self.alerts[value.alert_id] = value
            case Delivery():
                self.steps.setdefault(value.alert_id, []).append(value)
            case Dispatch():
                self.dispatches[value.incident_id] = value
            case Verdict():
                self.verdicts.setdefault(value.incident_id, []).append(value)
            case _:
                pass


class PatrolFeed:
    """One archive, followed while it grows. `key` is its folder's name and its place in addresses.

    Raises:
        InputError: its plan cannot be read.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.key = archive.layout.folder.resolve().name
        self.plan = archive.plan()
        self._journal = _Journal()
        self._lock = Lock()  # pages read in the event loop, data routes in threads
        self.poll()

    def poll(self) -> int:
        """Read what is new; return the sequence number reached, which changes whenever a page has to."""
        with self._lock:
            for seq, wall_s, _kind, value in self.archive.read_since(self._journal.seq, kinds=_KINDS):
                self._journal.take(seq, wall_s, value)
            return self._journal.seq

    @cached_property
    def _mission(self) -> Mission | None:
        try:
            return self.archive.mission().mission
        except InputError:  # written for another version; its people are then shown by their ids
            return None

    @cached_property
    def picture_width_px(self) -> int:
        """Width of the camera's pictures, in whose pixels boxes are given."""
        try:
            return load_camera(self.plan.camera).width_px
        except InputError:  # a camera file of the machine it was planned on
            return _USUAL_WIDTH_PX

    @property
    def roster(self) -> Roster:
        """Who was on duty."""
        return self._mission.roster if self._mission else Roster(staff=())

    @property
    def language(self) -> str:
        """The mission's language."""
        return self._mission.language if self._mission else "en"

    @property
    def live(self) -> bool:
        """Whether it has not been closed: it is being flown, or was cut off."""
        return self.archive.state is ArchiveState.OPEN

    def files(self, wanted: IncidentFilter | None = None) -> tuple[IncidentFile, ...]:
        """Return the incidents, newest first."""
        wanted = wanted or IncidentFilter()
        with self._lock:
            files = [self._file(incident) for incident in self._journal.incidents.values()]
        files.sort(key=lambda file: (-file.incident.opened_utc_s, file.incident.incident_id))
        return tuple(file for file in files if wanted.keeps(file))

    def file(self, incident_id: str) -> IncidentFile | None:
        """Return one incident, None where there is none of that id."""
        with self._lock:
            incident = self._journal.incidents.get(incident_id)
            return None if incident is None else self._file(incident)

    def _file(self, incident: Incident) -> IncidentFile:
        journal, key = self._journal, incident.incident_id
        alerts = (alert for alert in journal.alerts.values() if alert.incident_id == key)
        return IncidentFile(
            incident=incident,
            recorded_wall_s=journal.recorded_wall_s[key],
            alerts=tuple(AlertLine(alert=a, steps=tuple(journal.steps.get(a.alert_id, ()))) for a in alerts),
            dispatch=journal.dispatches.get(key),
            verdicts=tuple(journal.verdicts.get(key, ())),
        )

    def decide(self, verdict: Verdict) -> None:
        """Write a reviewer's decision into the archive and read it back."""
        self.archive.append("verdict", verdict)
        self.poll()


class PatrolSet:
    """The archives of a folder, or the one archive a folder is; new ones are found as they appear."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._feeds: dict[str, PatrolFeed] = {}
        self.unreadable: dict[str, str] = {}
        """Folder name to why; such an archive keeps nobody from the others."""
        if not folder.is_dir():
            raise InputError("is no folder", file=folder, remedy="an archive, or a folder of archives")
        self.single = Layout(folder).database.is_file()
        if self.single:
            feed = PatrolFeed(Archive.open(folder))
            self._feeds[feed.key] = feed

    def feeds(self) -> tuple[PatrolFeed, ...]:
        """Return the patrols, newest first."""
        if not self.single:
            self._look()
        return tuple(sorted(self._feeds.values(), key=lambda feed: -feed.archive.created_wall_s))

    def feed(self, key: str) -> PatrolFeed | None:
        """Return one patrol, None where there is none of that name."""
        if key not in self._feeds and not self.single:
            self._look()
        return self._feeds.get(key)

    def close(self) -> None:
        """Let go of the databases."""
        for feed in self._feeds.values():
            feed.archive.dispose()

    def _look(self) -> None:
        for child in sorted(self._folder.iterdir()):
            if child.name in self._feeds or not Layout(child).database.is_file():
                continue
            try:
                self._feeds[child.name] = PatrolFeed(Archive.open(child))
                self.unreadable.pop(child.name, None)
            except InputError as exc:  # damaged, or created a moment ago and not yet complete
                self.unreadable[child.name] = str(exc)
