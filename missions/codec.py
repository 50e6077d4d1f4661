"""Frozen values to JSON and back, and their hashes; the only place that knows how."""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from missions.errors import InputError

T = TypeVar("T")


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_jsonable(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return the value as dicts, lists, strings and numbers."""
    return _adapter(type(value)).dump_python(value, mode="json")


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return the value as JSON text."""
    return _adapter(type(value)).dump_json(value, indent=indent).decode()


def from_jsonable(kind: type[T], data: object, *, file: Path | str | None = None) -> T:
    """Build a value from parsed JSON.

    Raises:
        InputError: naming the first field that is wrong.

    """
    try:
        result: T = _adapter(kind).validate_python(data)
    except ValidationError as exc:
        raise _refusal(kind, exc, file) from exc
    return result


def from_json(kind: type[T], text: str | bytes, *, file: Path | str | None = None) -> T:
    """Build a value from JSON text.

    Raises:
        InputError: naming the first field, or the place in the text, that is wrong.

    """
    try:
        result: T = _adapter(kind).validate_json(text)
    except ValidationError as exc:
        raise _refusal(kind, exc, file) from exc
    return result


def _refusal(kind: type, exc: ValidationError, file: Path | str | None) -> InputError:
    first = exc.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return InputError(str(first["msg"]), file=file, field=field, remedy=f"a {kind.__name__}")


def sha256_of(value: object) -> str:
    """Return the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(to_json(value).encode()).hexdigest()
