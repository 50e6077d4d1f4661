"""The shared vocabulary: values, ports, formats and data that rooms speak to each other with."""

from missions.airframe import Airframe
from missions.alert import Alert, Delivery, DeliveryState, Dispatch, Person, Responder, Roster
from missions.camera import CameraModel, CameraPose, PoseError
from missions.detection import Box, Detection, DetectorSpec
from missions.errors import ArchiveError, FlightError, InputError, PlanningError, SkypatrolError, VisionError
from missions.failsafe import FailsafeAction, FailsafePolicy
from missions.fleet_plan import DockSite, FleetPlan, PatrolDay, RevisitRule
from missions.frame import Frame
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.health import Health, HealthState
from missions.incident import Decision, Incident, IncidentKind, LookAnswer, LookRequest, Signal, Verdict
from missions.message import Message
from missions.obstacle import Obstacle
from missions.plan import Breakpoint, Carriageway, Estimate, InAir, LeftOut, Plan, Sortie, Stretch, Wanted
from missions.scenario import Scenario, ScriptedIncident, TelemetryError, Truth
from missions.telemetry import Telemetry
from missions.track import MapTrack, Track
from missions.waypoint import LegKind, MissionItem, Waypoint
from missions.zone import ActiveTime, Zone, ZoneRule

__all__ = [
    "ActiveTime",
    "Airframe",
    "Alert",
    "Altitude",
    "AltitudeReference",
    "ArchiveError",
    "Box",
    "Breakpoint",
    "CameraModel",
    "CameraPose",
    "Carriageway",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Detection",
    "DetectorSpec",
    "Dispatch",
    "DockSite",
    "Estimate",
    "FailsafeAction",
    "FailsafePolicy",
    "FleetPlan",
    "FlightError",
    "Frame",
    "GeoPoint",
    "Health",
    "HealthState",
    "InAir",
    "Incident",
    "IncidentKind",
    "InputError",
    "LeftOut",
    "LegKind",
    "LookAnswer",
    "LookRequest",
    "MapTrack",
    "Message",
    "MissionItem",
    "Obstacle",
    "PatrolDay",
    "Person",
    "Plan",
    "PlanningError",
    "PoseError",
    "Responder",
    "RevisitRule",
    "Roster",
    "Scenario",
    "ScriptedIncident",
    "Signal",
    "SkypatrolError",
    "Sortie",
    "Stretch",
    "Telemetry",
    "TelemetryError",
    "Track",
    "Truth",
    "Verdict",
    "VisionError",
    "Wanted",
    "Waypoint",
    "Zone",
    "ZoneRule",
]
