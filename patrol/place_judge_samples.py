"""What the judge of places is taught by: trials replayed, and what the rule knew whenever it would have asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from patrol.smoke_fire_trials import Trial, meets, replayed
from vision.place_judge.history import Floats, History
from vision.place_judge.training import Judged
from vision.rules.smoke_fire_settings import SmokeFireSettings


@dataclass(slots=True)
class _Listening:
    """A judge that believes nothing and keeps what it is asked about."""

    asked: list[tuple[History, Floats]] = field(default_factory=list)

    def odds(self, history: History) -> float:
        self.asked.append((history, history.numbers()))
        return float("-inf")


def judged(trials: Iterable[Trial], settings: SmokeFireSettings) -> Iterator[Judged]:
    """Yield what is known of the places of all trials, picture by picture.

    Places beside smoke or fire that are never about it are left out: they may be its haze.
    """
    never = replace(settings, open_at=float("inf"))
    for number, trial in enumerate(trials):
        listening = _Listening()
        places: dict[History, int] = {}
        found: list[Judged] = []
        for picture, _ in replayed(trial, never, listening):
            for history, numbers in listening.asked:
                which = places.setdefault(history, len(places))
                burns = any(meets(history.box, box) for _, box in picture.truth)
                found.append(Judged(place=(number, which), numbers=numbers, burns=burns))
            listening.asked.clear()
        true_places = {one.place for one in found if one.burns}
        burning = any(picture.truth for picture in trial.pictures)
        yield from (one for one in found if not burning or one.place in true_places)
