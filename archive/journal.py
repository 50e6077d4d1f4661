"""The append-only journal and the named facts of one patrol."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from archive.kinds import KINDS, Note
from archive.schema import facts, journal, open_engine
from missions.codec import from_json, to_json
from missions.errors import ArchiveError


class Journal:
    """Values in, values out, in order; a second process may read while one writes."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._engine = open_engine(f"sqlite:///{database}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dispose()

    def dispose(self) -> None:
        """Let go of the database; the state of the patrol is not touched."""
        self._engine.dispose()

    def fact(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a named fact.

        Raises:
            KeyError: nobody wrote it.
        """
        with self._engine.connect() as connection:
            found = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()
        if found is None:
            raise KeyError(name)
        return json.loads(found)

    def set_fact(self, name: str, value: object) -> None:
        """Write a named fact; it replaces an earlier one."""
        with self._engine.begin() as connection:
            connection.execute(facts.delete().where(facts.c.name == name))
            connection.execute(insert(facts).values(name=name, value=json.dumps(value)))

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Write several values, all or none."""
        try:
            with self._engine.begin() as connection:
                yield Transaction(connection)
        except SQLAlchemyError as exc:
            raise ArchiveError(f"{self._database} cannot be written: {exc}") from exc

    def append(self, kind: str, value: object) -> int:
        """Write one value durably and return its sequence number."""
        with self.transaction() as transaction:
            return transaction.append(kind, value)

    def note(self, about: str, text: str, captured_utc_s: float | None = None) -> int:
        """Write a note."""
        return self.append("note", Note(about, text, captured_utc_s))

    def read_since(self, seq: int, *, kinds: Sequence[str] = ()) -> Iterator[tuple[int, float, str, Any]]:
        """Yield (seq, wall time s, kind, value) after `seq`, in order."""
        query = select(journal).where(journal.c.seq > seq).order_by(journal.c.seq)
        if kinds:
            query = query.where(journal.c.kind.in_(list(kinds)))
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            yield row.seq, row.wall_s, row.kind, from_json(KINDS[row.kind].type, row.value)

    def newest(self, kind: str) -> list[Any]:
        """Return the newest value under every key of a kind, in the order they were written."""
        newest = select(func.max(journal.c.seq)).where(journal.c.kind == kind).group_by(journal.c.key)
        query = select(journal.c.value).where(journal.c.seq.in_(newest)).order_by(journal.c.seq)
        with self._engine.connect() as connection:
            return [from_json(KINDS[kind].type, value) for value in connection.execute(query).scalars()]

    def every(self, kind: str, key: str | None = None) -> list[Any]:
        """Return all values of a kind, of one key or of all, in the order they were written."""
        query = select(journal.c.value).where(journal.c.kind == kind).order_by(journal.c.seq)
        if key is not None:
            query = query.where(journal.c.key == key)
        with self._engine.connect() as connection:
            return [from_json(KINDS[kind].type, value) for value in connection.execute(query).scalars()]


class Transaction:
    """Writes that happen together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, kind: str, value: object) -> int:
        """Write one value."""
        known = KINDS[kind]
        if not isinstance(value, known.type):
            raise TypeError(f"{kind} holds {known.type.__name__}, not {type(value).__name__}")
        row = {"wall_s": time.time(), "kind": kind, "key": known.key(value), "value": to_json(value)}
        result = self._connection.execute(insert(journal).values(**row))
        key = result.inserted_primary_key
        assert key is not None
        return int(key[0])
