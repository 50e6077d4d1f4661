"""What really happened, kept on disk for whoever scores a patrol."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from missions.codec import to_jsonable
from missions.scenario import Truth
from sitl.city import City
from sitl.city_incidents import Actor
from sitl.render.renderer import Seen

LEAST_PX: Final = 12.0
"""Longer side from which a thing counts as visible."""
LEAST_SHARE: Final = 0.5
"""Of the thing inside the picture."""


class TruthLog:
    """The incidents that have begun, each with the first picture that shows it."""

    def __init__(self, city: City, *, start_utc_s: float, path: Path | None) -> None:
        self._city, self.start_utc_s, self._path = city, start_utc_s, path
        self.truths: dict[str, Truth] = {}
        self._write()

    def note(self, t_s: float, seen: tuple[Seen, ...] = ()) -> None:
        """Take in the time, and a picture's boxes if one was made; writes the file where something changed."""
        changed = False
        for actor in self._city.actors:
            if t_s < actor.begins_s:
                continue
            truth = self.truths.get(actor.script.incident_id)
            if truth is None:
                truth = Truth(
                    incident_id=actor.script.incident_id,
                    kind=actor.script.kind,
                    position=self._city.place_of(actor),
                    began_utc_s=self.start_utc_s + actor.begins_s,
                )
                self.truths[truth.incident_id], changed = truth, True
            if truth.first_visible_utc_s is None and _shown(actor, seen):
                first = replace(truth, first_visible_utc_s=self.start_utc_s + t_s)
                self.truths[truth.incident_id], changed = first, True
        if changed:
            self._write()

    def _write(self) -> None:
        if self._path is not None:
            write_atomically(self._path, json.dumps([to_jsonable(t) for t in self.truths.values()], indent=1))


def _shown(actor: Actor, seen: tuple[Seen, ...]) -> bool:
    """Whether a picture shows the incident's own thing: the plume, the flames, the stopped vehicle."""
    kind = {"smoke": "smoke", "fire": "fire"}.get(actor.script.kind, "vehicle")
    own = range(actor.first_id, actor.first_id + 10)
    return any(
        thing.kind == kind
        and thing.object_id in own
        and thing.box_px.longer_side_px >= LEAST_PX
        and thing.visible >= LEAST_SHARE
        for thing in seen
    )


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole: a reader sees the old text or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
