"""How well the smoke and fire rule does on trials, and which of its settings do best."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from patrol.smoke_fire_trials import Outcome, Trial, outcome
from vision.rules.smoke_fire import Judge
from vision.rules.smoke_fire_settings import SmokeFireSettings

IN_TIME_S: Final = 5.0
"""From the first picture with smoke or fire to the opened incident."""
_GRID: Final[dict[str, tuple[float, ...]]] = {
    "even_smoke_score": (0.03, 0.06, 0.12, 0.24),
    "even_stirs_score": (0.6, 0.7, 0.8, 0.9),
    "even_fire_score": (0.06, 0.12, 0.24, 0.4),
    "open_at": (3.5, 5.0, 6.0, 7.0, 7.5, 8.0, 9.0),
    "open_odds": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
    "even_smoke_look": (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
    "even_fire_look": (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5),
    "full_look": (2.0, 4.0, 8.0),
    "look_cost": (3.0, 6.0, 12.0),
    "most_doubt": (
        7.0,
        10.0,
        14.0,
        20.0,
        32.0,
    ),  # what a detector stays sure of is opened whatever the second look says
}
_CHANGES: Final[tuple[dict[str, Any], ...]] = tuple({name: value} for name, values in _GRID.items() for value in values)
_STARTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {
        "even_smoke_score": 0.24,
        "even_fire_score": 0.24,
        "even_smoke_look": 2.0,
        "look_cost": 12.0,
    },
)
"""Changes to begin with: the defaults, and a second look that is believed less."""
_COST: Final = 0.1
"""Share of what burns that the first false incident per hour beyond the rate is worth; it grows as a square root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a rule found, and what it took for smoke or fire."""

    burning: int
    """Trials with smoke or fire."""
    found: int
    in_time: int
    delays_s: tuple[float, ...]
    """Of those found, from the first picture with smoke or fire; sorted."""
    false: int
    hours: float
    """Looked at without smoke and fire: of trials without, and before it breaks out."""

    @property
    def per_hour(self) -> float:
        """False incidents per hour."""
        return self.false / max(self.hours, 1e-9)

    @property
    def most_per_hour(self) -> float:
        """One-sided 95 % upper bound of the rate."""
        return poisson_bound(self.false) / max(self.hours, 1e-9)


def score(trials: Iterable[Trial], settings: SmokeFireSettings, judge: Judge | None = None) -> Score:
    """Return how the rule does on these trials; without a judge of places, by the evidence alone."""
    outcomes = [outcome(trial, settings, judge) for trial in trials]
    burning = [one for one in outcomes if one.shown_s is not None]
    delays = sorted(one.opened_s - one.shown_s for one in burning if one.opened_s is not None)  # type: ignore[operator]
    return Score(
        burning=len(burning),
        found=len(delays),
        in_time=sum(delay <= IN_TIME_S for delay in delays),
        delays_s=tuple(delays),
        false=sum(one.false for one in outcomes),
        hours=sum(_free_s(one) for one in outcomes) / 3600.0,
    )


def by_name(trials: Sequence[Trial], settings: SmokeFireSettings, judge: Judge | None = None) -> dict[str, Score]:
    """Return the score of each theme or clip."""
    names = sorted({trial.name for trial in trials})
    return {name: score([trial for trial in trials if trial.name == name], settings, judge) for name in names}


def fitted_settings(
    trials: Sequence[Trial],
    start: SmokeFireSettings,
    judge: Judge | None = None,
    *,
    most_false_per_hour: float,
    on_trial: Callable[[float], None] = lambda _worth: None,
) -> SmokeFireSettings:
    """Return the settings that find most, and soonest, among those that keep to the rate of false incidents.

    Each found in time counts 1, after twice the time a half, after three times a third: who is warned late is better
    off than who is never warned, and each second saved counts, also past the goal. Beyond the rate false incidents cost
    more the more there are. The search climbs from `start` and from settings that believe the second look less: one way
    up may end on a lower hill than another. Of equals the one tried first is kept. `on_trial` hears the
    worth of the best so far after every set of settings that was tried.
    """
    tried: dict[SmokeFireSettings, float] = {}

    def worth(settings: SmokeFireSettings) -> float:
        if settings not in tried:
            tried[settings] = _worth(score(trials, settings, judge), most_false_per_hour)
            on_trial(max(tried.values()))
        return tried[settings]

    for changed in _STARTS:
        _climb(replace(start, **changed), worth)
    return max(tried, key=tried.__getitem__)


def _climb(best: SmokeFireSettings, worth: Callable[[SmokeFireSettings], float]) -> None:
    """Try one setting after the other at all its values, from the best so far, until a round finds nothing better."""
    before = None
    while best != before:
        before = best
        for change in _CHANGES:
            best = max(best, replace(best, **change), key=worth)


def _worth(said: Score, most_false_per_hour: float) -> float:
    found = sum(min(1.0, IN_TIME_S / delay_s) if delay_s > 0.0 else 1.0 for delay_s in said.delays_s)
    return found / max(said.burning, 1) - _COST * math.sqrt(max(0.0, said.per_hour - most_false_per_hour))


def fitted_names() -> tuple[str, ...]:
    """Return the settings that are fitted."""
    return tuple(_GRID)


def poisson_bound(count: int, *, chance: float = 0.05) -> float:
    """Return the mean of a Poisson distribution that yields at most `count` with only this chance."""
    low, high = 0.0, 10.0 + 3.0 * count
    for _ in range(80):
        middle = (low + high) / 2
        term, total = math.exp(-middle), 0.0
        for number in range(count + 1):
            total += term
            term *= middle / (number + 1)
        low, high = (middle, high) if total > chance else (low, middle)
    return (low + high) / 2


def _free_s(one: Outcome) -> float:
    return one.seconds if one.shown_s is None else one.shown_s
