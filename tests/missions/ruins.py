"""Ruins: bytes of a good file changed in many ways, for tests of readers that must read or refuse, and never break."""

import json
import random
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

VALUES: tuple[Any, ...] = (None, True, "", "home", {}, [], [[]], [1, 2, 3], {"a": 1}, -1, 0.5, 1e30, 10**400, "\ud800")
DIGIT = re.compile(rb"[0-9]")
TOKENS = (
    b"",
    b"NaN",
    b"-1e999",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"',
    b"<",
    b">",
    b"&x;",
    b"\xff",
    b"\x00",
    b"99999999999",
)


def _ruined(data: bytes, chance: random.Random) -> bytes:
    """Cut, remove, repeat, flip, or put something in."""
    at = chance.randrange(len(data))
    length = chance.choice((1, 4, 30, 200))
    match chance.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[: at + length] + data[at : at + length] + data[at + length :]
        case 3:
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        case 4:
            return data[:at] + chance.choice(TOKENS) + data[at + chance.choice((0, 1, 5)) :]
        case _:
            digit = DIGIT.search(data, at)
            at = digit.start() if digit else 0
            return data[:at] + chance.choice(TOKENS) + data[at + 1 :]


def ruins(data: bytes, count: int = 200) -> Iterator[bytes]:
    """Yield a file changed in many ways, the same ones every time; of an archive mostly the files in it."""
    chance = random.Random(7)
    for number in range(count):
        if data.startswith(b"PK") and number % 4:
            yield _zip_with_ruin(data, chance)
        elif data.startswith(b"{") and number % 2:
            yield _json_with_ruin(data, chance)
        else:
            ruined = data
            for _ in range(chance.choice((1, 1, 3))):
                ruined = _ruined(ruined, chance) or b"x"
            yield ruined


def _json_with_ruin(data: bytes, chance: random.Random) -> bytes:
    """Return the document with one value, however deep, put in the place of another or taken out."""
    document = json.loads(data)
    holder, key = document, chance.choice(list(document))
    while isinstance(holder[key], dict | list) and holder[key] and chance.random() < 0.9:
        holder = holder[key]
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    if chance.random() < 0.2:
        del holder[key]
    else:
        holder[key] = chance.choice(VALUES)
    return json.dumps(document).encode()


def _zip_with_ruin(data: bytes, chance: random.Random) -> bytes:
    """Return the archive with one of its files ruined and packed again."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as whole, zipfile.ZipFile(buffer, "w") as archive:
        names = whole.namelist()
        broken = chance.choice(names)
        for name in names:
            inner = whole.read(name)
            archive.writestr(name, _ruined(inner, chance) if name == broken else inner)
    return buffer.getvalue()
