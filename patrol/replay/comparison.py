"""Incidents found then and now, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from missions.incident import Incident

SAME_TIME_S = 0.2 + 1e-6
"""Of opening: one picture that is looked at, and what UTC seconds as a float tell apart."""
_NEAR_S = 10.0
"""Opened further apart they are two happenings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One happening as it was found then and now; one of the two may be missing."""

    then: Incident | None
    now: Incident | None

    @property
    def later_s(self) -> float | None:
        """How much later it opened now, patrol seconds."""
        return self.now.opened_utc_s - self.then.opened_utc_s if self.then and self.now else None

    @property
    def apart_m(self) -> float | None:
        """How far apart the two places are; None where one is not known."""
        if not (self.then and self.now and self.then.position and self.now.position):
            return None
        return self.then.position.distance_m(self.now.position)

    @property
    def same(self) -> bool:
        """Whether it is the same happening: kind, time within a picture, place within the error claimed then."""
        if self.then is None or self.now is None or abs(self.later_s or 0.0) > SAME_TIME_S:
            return False
        if self.then.position is None or self.now.position is None:
            return self.then.position is self.now.position
        return (self.apart_m or 0.0) <= max(self.then.position_error_m or 0.0, self.now.position_error_m or 0.0)


def compare_incidents(then: Sequence[Incident], now: Sequence[Incident]) -> tuple[Compared, ...]:
    """Pair what was found then with what is found now, by kind and the least difference in time; each is used once."""
    pairs = sorted(
        (abs(b.opened_utc_s - a.opened_utc_s), i, j)
        for i, a in enumerate(then)
        for j, b in enumerate(now)
        if a.kind is b.kind and abs(b.opened_utc_s - a.opened_utc_s) <= _NEAR_S
    )
    partner: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in partner and j not in partner.values():
            partner[i] = j
    rows = [Compared(then=a, now=now[partner[i]] if i in partner else None) for i, a in enumerate(then)]
    rows += [Compared(then=None, now=b) for j, b in enumerate(now) if j not in partner.values()]
    return tuple(sorted(rows, key=_opened_utc_s))


def _opened_utc_s(row: Compared) -> float:
    known = row.then or row.now
    return known.opened_utc_s if known is not None else 0.0
