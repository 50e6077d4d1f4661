"""Things the vehicle can be doing: hold, go somewhere, take off, land, return."""

import math
from dataclasses import replace
from typing import Final, Protocol

from sitl.autopilot.body import Body
from sitl.autopilot.fence import ALT_MAX, Fence
from sitl.autopilot.settings import Vec
from sitl.autopilot.trajectory import Leg, Limits, leg_between, may_overlap

_SPOOL_UP_S: Final = 2.1
"""From the whole second after the order to take off until the feet leave the ground: on the average 2.6 s after the
order, as ArduCopter takes."""
MOMENT_S: Final = 1e-6
"""Two times since boot closer than this are one: their difference must not depend on how long ago the boot was."""
_FACE_FROM_M: Final = 2.0
"""Shorter legs do not turn the nose."""
_RTL_MIN_ALT_M: Final = 0.3


class Flyer(Protocol):
    """What a manoeuvre needs of the vehicle."""

    @property
    def body(self) -> Body:
        """What flies."""
        ...

    @property
    def t_s(self) -> float:
        """Time since boot."""
        ...

    @property
    def home_m(self) -> Vec:
        """Home, believed ENU."""
        ...

    @property
    def fence(self) -> Fence:
        """What must not be left."""
        ...

    @property
    def armed_heading_deg(self) -> float:
        """Heading when it was armed."""
        ...

    def limits(self) -> Limits:
        """Speed and acceleration limits now."""
        ...

    def param(self, name: str) -> float:
        """Value of a parameter."""
        ...

    def begin_flight(self, at_s: float) -> None:
        """A take-off begins."""
        ...

    def return_place(self) -> Vec:
        """Home or a better rally point, believed ENU."""
        ...


class Manoeuvre(Protocol):
    """One thing being done."""

    @property
    def landing(self) -> bool:
        """Whether it is coming down to land."""
        ...

    @property
    def done(self) -> bool:
        """Whether what was ordered is finished."""
        ...

    @property
    def destination(self) -> Vec | None:
        """Where it leads, believed ENU."""
        ...

    def step(self) -> None:
        """Decide for this step; the body moves afterwards."""
        ...


def face(flyer: Flyer, start: Vec, end: Vec) -> None:
    """Turn the nose along a leg, if WP_YAW_BEHAVIOR says so and the leg is long enough to tell."""
    east, north = end[0] - start[0], end[1] - start[1]
    if flyer.param("WP_YAW_BEHAVIOR") > 0 and math.hypot(east, north) >= _FACE_FROM_M:
        flyer.body.wanted_heading_deg = math.degrees(math.atan2(east, north)) % 360.0


class Idle:
    """On the ground, motors at rest or idling."""

    landing, done = False, False
    destination: Vec | None = None

    def step(self) -> None:
        """Do nothing."""


class Hold:
    """Stop and stay; `then` is a place whose way there is only interrupted. `turning` lets an ordered turn go on."""

    landing, done = False, False

    def __init__(self, flyer: Flyer, *, then: Vec | None = None, turning: bool = False) -> None:
        self.then = then
        path = flyer.body.trajectory
        path.brake(flyer.limits())
        if not turning:
            flyer.body.wanted_heading_deg = flyer.body.heading_deg
        self.destination: Vec | None = path.rest_point

    def step(self) -> None:
        """Do nothing."""


class GoTo:
    """Fly straight to a place and stay there; what was under way is braked off."""

    landing = False

    def __init__(self, flyer: Flyer, target: Vec, *, facing: bool = True) -> None:
        path = flyer.body.trajectory
        self._flyer, self.done = flyer, False
        self.destination: Vec = target
        path.brake(flyer.limits())
        start = path.rest_point
        self.leg = leg_between(start, target, flyer.limits())
        path.add(self.leg)
        if facing:
            face(flyer, start, target)

    def change_speed(self) -> None:
        """Go on at today's limits."""
        if not self.done:
            self.leg = self._flyer.body.trajectory.change_speed(self.leg, self._flyer.limits())

    def step(self) -> None:
        """Notice arrival."""
        near = math.dist(self._flyer.body.believed_m, self.destination) < max(1.0, self._flyer.param("WP_RADIUS_M"))
        self.done = self.leg.remaining_s <= 0 and near


class TakeOff:
    """Spool up at the next whole second, leave the ground, climb straight up."""

    landing = False

    def __init__(self, flyer: Flyer, height_m: float) -> None:
        self._flyer, self._up_m, self.done = flyer, flyer.home_m[2] + height_m, False
        self._since_s = float(math.ceil(flyer.t_s - MOMENT_S))
        self._leg: Leg | None = None
        self.destination: Vec | None = (*flyer.body.believed_m[:2], self._up_m)

    def step(self) -> None:
        """Leave the ground when the motors are up to speed."""
        body = self._flyer.body
        if self._leg is None:
            if not body.airborne:
                spun_s = self._flyer.t_s - self._since_s + MOMENT_S
                if spun_s >= 0:
                    self._flyer.begin_flight(self._since_s)
                if spun_s < _SPOOL_UP_S:
                    return
                body.lift_off()
                body.wanted_heading_deg = body.heading_deg
            else:
                body.trajectory.brake(self._flyer.limits())
            start = body.trajectory.rest_point
            self.destination = (start[0], start[1], max(self._up_m, start[2] + 0.5))
            self._leg = leg_between(start, self.destination, self._flyer.limits())
            body.trajectory.add(self._leg)
        self.done = self._leg.remaining_s <= 0


class Land:
    """Come down where it is: at descent speed to LAND_ALT_LOW_M, then at LAND_SPD_MS until the ground."""

    landing, done = True, False
    destination: Vec | None = None

    def __init__(self, flyer: Flyer) -> None:
        self._flyer = flyer
        self._slow = False
        path = flyer.body.trajectory
        if not flyer.body.airborne:
            return
        path.brake(flyer.limits())
        rest = path.rest_point
        low_m = flyer.home_m[2] + flyer.param("LAND_ALT_LOW_M")
        self._fast: Leg | None = None
        if rest[2] > low_m:
            down_m_s = flyer.param("LAND_SPD_HIGH_MS") or flyer.limits().down_m_s
            limits = replace(flyer.limits(), down_m_s=down_m_s)
            self._fast = leg_between(rest, (rest[0], rest[1], low_m), limits)
            path.add(self._fast)

    def step(self) -> None:
        """Change to the slow descent near the ground."""
        body = self._flyer.body
        if self._slow or not body.airborne:
            return
        rest = body.trajectory.rest_point
        slow = replace(self._flyer.limits(), down_m_s=max(0.1, self._flyer.param("LAND_SPD_MS")))
        into_the_ground = leg_between(rest, (rest[0], rest[1], rest[2] - 200.0), slow)
        if self._fast is None or self._fast.remaining_s <= into_the_ground.profile.start.total_s:
            body.trajectory.add(into_the_ground)
            self._slow = True


class ReturnHome:
    """RTL: climb, return to home or a rally point, wait, land (or stay at RTL_ALT_FINAL_M)."""

    done = False

    def __init__(self, flyer: Flyer) -> None:
        self._flyer = flyer
        self.landing = False
        path = flyer.body.trajectory
        path.brake(flyer.limits())
        start = path.rest_point
        target = flyer.return_place()
        up_m = self._height_m(start, target) + flyer.home_m[2]
        climb_to = (start[0], start[1], up_m)
        self._target = (target[0], target[1], up_m)
        limits = self._limits()
        self._climb = leg_between(start, climb_to, limits)
        self._back = leg_between(climb_to, self._target, limits)
        self.destination: Vec | None = self._target
        self._phase = "climb"
        self._since_s = 0.0
        self._end: Manoeuvre | None = None
        flyer.body.wanted_heading_deg = flyer.body.heading_deg
        if flyer.body.airborne:
            path.add(self._climb)

    def step(self) -> None:
        """Go through the phases."""
        flyer, path = self._flyer, self._flyer.body.trajectory
        if self._end is not None:
            self._end.step()
        elif self._phase == "climb":
            if self._climb.remaining_s <= 0 or may_overlap(self._climb, self._back, self._limits()):
                path.add(self._back)
                face(flyer, path.position, self._target)
                self._phase = "return"
        elif self._phase == "return":
            if self._back.remaining_s <= 0:
                self._phase, self._since_s = "wait", flyer.t_s
                if flyer.param("WP_YAW_BEHAVIOR") > 0:
                    flyer.body.wanted_heading_deg = flyer.armed_heading_deg
        elif flyer.t_s - self._since_s + MOMENT_S >= flyer.param("RTL_LOIT_TIME") / 1000:
            self._finish()

    def _finish(self) -> None:
        final_m = self._flyer.param("RTL_ALT_FINAL_M")
        if final_m > 0:
            place = (self._target[0], self._target[1], self._flyer.home_m[2] + final_m)
            self._end = GoTo(self._flyer, place, facing=False)
        else:
            self._end, self.landing = Land(self._flyer), True

    def _limits(self) -> Limits:
        speed = self._flyer.param("RTL_SPEED_MS")
        limits = self._flyer.limits()
        return replace(limits, horizontal_m_s=speed) if speed > 0 else limits

    def _height_m(self, start: Vec, target: Vec) -> float:
        """Height of the way back above home: RTL_ALT_M, less near home (cone), never below the present height."""
        flyer = self._flyer
        now_m = start[2] - flyer.home_m[2]
        least = max(_RTL_MIN_ALT_M, now_m + max(0.0, flyer.param("RTL_CLIMB_MIN_M")))
        height = max(target[2] - flyer.home_m[2], flyer.param("RTL_ALT_M"), least)
        slope = flyer.param("RTL_CONE_SLOPE")
        if slope >= 0.5:
            away_m = math.hypot(start[0] - target[0], start[1] - target[1])
            height = min(height, max(away_m * slope, least))
        if flyer.fence.on & ALT_MAX:
            height = min(height, flyer.param("FENCE_ALT_MAX") - flyer.param("FENCE_MARGIN"))
        return max(height, now_m)


class WatchedLeg:
    """A leg whose progress somebody else watches."""

    landing, done = False, False

    def __init__(self, target: Vec) -> None:
        self.destination: Vec | None = target

    def step(self) -> None:
        """Do nothing."""


class LandAt:
    """Fly to a place at the present height, then land there."""

    done = False

    def __init__(self, flyer: Flyer, place: Vec | None) -> None:
        self._flyer = flyer
        self._leg: Leg | None = None
        self._land: Land | None = None
        self.destination: Vec | None = None
        path = flyer.body.trajectory
        if place is not None and flyer.body.airborne:
            path.brake(flyer.limits())
            start = path.rest_point
            self.destination = (place[0], place[1], start[2])
            self._leg = leg_between(start, self.destination, flyer.limits())
            path.add(self._leg)
            face(flyer, start, self.destination)

    @property
    def landing(self) -> bool:
        """Whether it is above the place."""
        return self._land is not None

    def step(self) -> None:
        """Land once there."""
        if self._land is None and (self._leg is None or self._leg.remaining_s <= 0):
            self._land = Land(self._flyer)
        if self._land is not None:
            self._land.step()
