"""One line of what a runtime says when it fails; theirs run over many and name their own source files first."""

import re
from typing import Final

_LONGEST: Final = 200
_PREFIX: Final = re.compile(r"^(\[ONNXRuntimeError\] : \d+ : \w+ : )?(Load model from \S+ failed:)?(-- )?")


def telling_line(exc: BaseException) -> str:
    """Return what is wrong: the last line (OpenVINO sums up there), without what stands before it for programs."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    last = lines[-1] if lines else repr(exc)
    return " ".join(_PREFIX.sub("", last).split())[:_LONGEST]
