"""The error tree.

SkypatrolError                 anything a user can act on (exit 1)
├── InputError                 input or arguments are wrong (exit 2); one line: what, where, what would be right
├── PlanningError              no plan meets the mission; rooted in planner/
├── FlightError                the vehicle or its link did not do what was asked; rooted in flight/
├── VisionError                the video or the detector failed; rooted in vision/
└── ArchiveError               the archive cannot be read or written; rooted in archive/

A bug is a plain exception and keeps its traceback.
"""

from pathlib import Path


class SkypatrolError(Exception):
    """Root: anything a user can act on."""

    exit_code = 1


class InputError(SkypatrolError):
    """Input is wrong: what, where (file, line, field), what would be right."""

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        place = ":".join(str(part) for part in (file, line) if part is not None)
        parts = [place, field, what]
        text = ": ".join(part for part in parts if part)
        super().__init__(_on_one_line(f"{text} ({remedy})" if remedy else text))
        self.what, self.file, self.line, self.field, self.remedy = what, file, line, field, remedy


def _on_one_line(text: str) -> str:
    """Return the text with its line breaks written out: what is quoted from a file may have some."""
    return "\\n".join(text.splitlines())


class PlanningError(SkypatrolError):
    """No plan meets the mission."""


class FlightError(SkypatrolError):
    """The vehicle or its link did not do what was asked."""

    report: object | None = None
    """What was flown up to there, a FlightReport of flight/, where something was."""


class VisionError(SkypatrolError):
    """The video or the detector failed."""


class ArchiveError(SkypatrolError):
    """The archive cannot be read or written."""
