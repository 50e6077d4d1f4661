"""Results that outlive an interruption: what was measured is not measured again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from missions.formats.atomic import write_atomically

FOLDER: Final = Path("build") / "bench-detector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Results in files of one folder, each with what it was measured of."""

    folder: Path
    again: bool = False
    """Measure everything anew."""

    def get(self, name: str, of: object, measure: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """Return a result from its file where that was measured of the same, else measure and keep it.

        Args:
            name: of the file, without suffix.
            of: weights, settings and whatever else decides the result, as JSON.
            measure: gives the result, as JSON.

        """
        file = self.folder / f"{name}.json"
        of = json.loads(json.dumps(of))  # as it comes back
        if file.is_file() and not self.again:
            kept = json.loads(file.read_text(encoding="utf-8"))
            if kept["of"] == of:
                return kept["result"]
        result = measure()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps({"of": of, "result": result}, indent=1))
        return json.loads(json.dumps(result))
