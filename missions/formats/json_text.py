"""JSON of other programs, in: whole, finite and writable again, or refused in one line."""

import json
from pathlib import Path
from typing import Any

from missions.errors import InputError


def parse_json(text: str, *, file: Path | str | None, remedy: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return the document of a text.

    Raises:
        InputError: it is not whole, nests without end, or holds what JSON cannot say: NaN, infinities, half characters.

    """
    try:
        document = json.loads(text)
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    except json.JSONDecodeError as exc:
        what = f"is not whole JSON: {exc.msg}, column {exc.colno}"
        raise InputError(what, file=file, line=exc.lineno, remedy=remedy) from exc
    except RecursionError as exc:
        raise InputError("is JSON that nests without end", file=file, remedy=remedy) from exc
    except ValueError as exc:
        what = f"is JSON with a value no program could write: {' '.join(str(exc).split())[:80]}"
        raise InputError(what, file=file, remedy=remedy) from exc
    return document
