"""Incidents become warnings for people: alerts, their sending, and who goes there.

Planning is pure (`plan_alerts`, `plan_dispatch`); `Sender` is the one part that talks to the world.
"""

from response.alerts import plan_alerts
from response.channels import AppriseChannel, CallbackChannel, ReviewChannel, channels_for
from response.dispatch import Candidate, plan_dispatch, plan_dispatch_alerts, rank_responders
from response.sender import Sender, SendSettings
from response.timing import AlertTimes, alert_times

__all__ = [
    "AlertTimes",
    "AppriseChannel",
    "CallbackChannel",
    "Candidate",
    "ReviewChannel",
    "SendSettings",
    "Sender",
    "alert_times",
    "channels_for",
    "plan_alerts",
    "plan_dispatch",
    "plan_dispatch_alerts",
    "rank_responders",
]
