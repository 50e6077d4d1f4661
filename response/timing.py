"""How long each warning took, leg by leg, in wall seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

from missions.alert import Alert, Delivery, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTimes:
    """The life of one alert."""

    alert_id: str
    incident_id: str
    person_id: str
    channel: str
    created_wall_s: float
    reached_wall_s: dict[DeliveryState, float]
    """First time each state was recorded; of QUEUED, when the sender took it."""

    @property
    def created_to_sent_s(self) -> float | None:
        """From the decision to warn until the channel took it; None while it has not."""
        sent = self.reached_wall_s.get(DeliveryState.SENT)
        return None if sent is None else sent - self.created_wall_s


def alert_times(alerts: Iterable[Alert], deliveries: Iterable[Delivery]) -> tuple[AlertTimes, ...]:
    """Return the times of every alert, in the order of the alerts."""
    reached: dict[str, dict[DeliveryState, float]] = {}
    for step in deliveries:
        reached.setdefault(step.alert_id, {}).setdefault(step.state, step.at_wall_s)
    return tuple(
        AlertTimes(
            alert_id=alert.alert_id,
            incident_id=alert.incident_id,
            person_id=alert.person_id,
            channel=alert.channel,
            created_wall_s=alert.created_wall_s,
            reached_wall_s=reached.get(alert.alert_id, {}),
        )
        for alert in alerts
    )
