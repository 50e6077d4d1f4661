"""Where an incident becomes durable, then visible, then a warning: always in this order."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from archive import Archive
from missions.alert import Alert, Dispatch, Roster
from missions.errors import ArchiveError
from missions.incident import Incident, LookAnswer, LookRequest
from missions.roads import WalkingGraph
from patrol.run.looks import LookDesk
from response import plan_alerts, plan_dispatch, plan_dispatch_alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An incident that is in the archive, with everything decided about it in the same transaction."""

    incident: Incident
    alerts: tuple[Alert, ...]
    dispatch: Dispatch | None
    first: bool
    """False for a later state of an incident already shown."""


class IncidentDesk:
    """Writes incidents, their alerts and their dispatch in one transaction; tells others only after the commit."""

    def __init__(
        self,
        archive: Archive,
        *,
        roster: Roster,
        mission_name: str,
        walking: WalkingGraph | None,
        on_opened: Callable[[Opened], None],
        looks: LookDesk | None = None,
    ) -> None:
        self._archive = archive
        self._roster = roster
        self._mission_name = mission_name
        self._walking = walking
        self._on_opened = on_opened
        self._looks = looks
        self._alerted = {alert.alert_id for alert in archive.alerts()}
        self._known = {incident.incident_id for incident in archive.incidents()}
        self._dispatched = {dispatch.incident_id for dispatch in archive.dispatches()}

    def take(self, incident: Incident, thumbnail_jpeg: bytes) -> Opened:
        """Make one incident, or a later state of one, durable; then tell of it.

        Raises:
            ArchiveError: it could not be written, and so nobody was told.
        """
        now_wall_s = time.time()
        alerts = plan_alerts(
            incident, self._roster, mission_name=self._mission_name, now_wall_s=now_wall_s, already=self._alerted
        )
        dispatch = None
        if incident.incident_id not in self._dispatched and self._walking is not None and incident.position is not None:
            dispatch = plan_dispatch(incident, self._roster, self._walking, now_wall_s=now_wall_s)
        if dispatch is not None:
            alerts += plan_dispatch_alerts(incident, dispatch, self._roster, now_wall_s=now_wall_s)
        first = incident.incident_id not in self._known
        if first and thumbnail_jpeg:
            try:
                self._archive.save_thumbnail(incident.incident_id, thumbnail_jpeg)
            except OSError as exc:
                raise ArchiveError(f"thumbnail of {incident.incident_id} cannot be written: {exc}") from exc
        with self._archive.transaction() as transaction:
            transaction.append("incident", incident)
            for alert in alerts:
                transaction.append("alert", alert)
            if dispatch is not None:
                transaction.append("dispatch", dispatch)
        self._known.add(incident.incident_id)
        self._alerted.update(alert.alert_id for alert in alerts)
        if dispatch is not None:
            self._dispatched.add(incident.incident_id)
        opened = Opened(incident=incident, alerts=alerts, dispatch=dispatch, first=first)
        self._on_opened(opened)
        return opened

    def answer(self, request: LookRequest) -> LookAnswer:
        """Record a rule's request for a closer look and hand it to the flight; without one it is not yet flown."""
        self._archive.append("look", request)
        if self._looks is not None:
            return self._looks.take(request)
        self._archive.note(f"look {request.incident_id}", f"{LookAnswer.NOT_YET}: {request.reason}")
        return LookAnswer.NOT_YET
