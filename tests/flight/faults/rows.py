"""The rows of the matrix."""

from typing import Final

from tests.flight.faults import edited, failures, hostile_frames, silence, uploads
from tests.flight.faults.verdict import Row

_LOSSES: Final = ((5, 150.0), (10, 150.0), (20, 150.0), (30, 300.0))

ROWS: Final = (
    *(
        Row(
            name=f"upload-{loss}",
            what=f"300 items, {loss} % of packets lost both ways, speed-up 1",
            must=f"uploaded and verified by read-back within {within_s:g} s",
            trial=uploads.lossy_upload(loss / 100.0, within_s),
            longest_wall_s=600.0,
        )
        for loss, within_s in _LOSSES
    ),
    *(
        Row(
            name=f"silent-{seconds}",
            what=f"link silent for {seconds} s in flight",
            must=("nothing happens" if seconds < 5 else "on_link_loss happens") + "; the patrol is finished or resumed",
            trial=silence.silent_for(float(seconds)),
        )
        for seconds in (3, 10, 60)
    ),
    Row(
        name="killed",
        what="ground station killed (kill -9) at each tenth of the route, another one started",
        must="on_link_loss happens meanwhile; it reattaches, recognises its plan, finishes it",
        trial=silence.killed,
    ),
    Row(
        name="battery-low",
        what="battery low",
        must="on_low_battery (return, land, smart_return in turn) happens",
        trial=failures.battery_low,
    ),
    Row(
        name="battery-critical",
        what="battery critical",
        must="on_critical_battery (return, land, smart_return in turn) happens",
        trial=failures.battery_critical,
    ),
    Row(
        name="gps-lost",
        what="GPS lost, wind 3 m/s",
        must="on_gps_loss: land happens; landed within the fence's margin",
        trial=failures.gps_lost,
    ),
    Row(
        name="gps-glitch",
        what="GPS 20 to 60 m off for 8 to 20 s",
        must="patrol finished, or ended by on_gps_loss: land that a line tells; within the fence's margin",
        trial=failures.gps_glitching,
    ),
    Row(
        name="wind",
        what="wind 12 m/s with gusts of 3 m/s from any side, at every height; the aircraft is rated for it",
        must="patrol finished, disarmed at the dock (on_grounded: force_disarm); inside the fence",
        trial=failures.windy,
    ),
    Row(
        name="wind-lean",
        what="planned for 12 m/s of wind, the vehicle's largest lean 15 to 35 degrees",
        must="refused before arming",
        trial=failures.leans_too_little,
    ),
    Row(
        name="wind-too-strong",
        what="wind 18 m/s with gusts of 3 m/s from any side, at every height: the aircraft makes 15 m/s",
        must=(
            "on_strong_wind: land happens and a line tells it; on the ground and disarmed (on_grounded: force_disarm) "
            "within 120 s, at most the fence's margin outside the fence; the report says where and why"
        ),
        trial=failures.wind_too_strong,
    ),
    Row(
        name="motor",
        what="one motor at 60 %",
        must=(
            "on_thrust_loss: land happens and a line tells it; on the ground and disarmed (on_grounded: force_disarm) "
            "within 120 s; inside the fence; the report says where and why"
        ),
        trial=failures.motor_weak,
    ),
    Row(
        name="compass",
        what="first compass failed",
        must="patrol finished, or ended by on_gps_loss: land that a line tells; inside the fence; a line says it",
        trial=failures.compass_failed,
    ),
    Row(
        name="compasses",
        what="every compass failed",
        must="patrol finished, or ended by on_gps_loss: land that a line tells; inside the fence; a line says it",
        trial=failures.compasses_failed,
    ),
    Row(
        name="two-stations",
        what="two ground stations at once",
        must="missions never mixed; the other is told and no flight is begun beside it",
        trial=hostile_frames.two_stations,
    ),
    Row(
        name="same-id",
        what="two ground stations at once, both under one system id, on two radios",
        must="missions never mixed; the patrol is finished; no refusal: the vehicle keeps their heartbeats apart",
        trial=hostile_frames.same_system_id,
    ),
    Row(
        name="signed",
        what="unsigned, forged and replayed packets on a signed link, both ways",
        must="refused, counted, no state changed",
        trial=hostile_frames.signed_link,
    ),
    Row(
        name="garbage",
        what="10 000 mutated frames each way in flight",
        must="refused, counted; the patrol is finished",
        trial=hostile_frames.garbage,
    ),
    Row(
        name="edited-fence",
        what="plan edited by hand: a waypoint outside the fence",
        must="refused before arming",
        trial=edited.outside_the_fence,
    ),
    Row(
        name="edited-height",
        what="plan edited by hand: a waypoint above the ceiling",
        must="refused before arming",
        trial=edited.above_the_ceiling,
    ),
)
