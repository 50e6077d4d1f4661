"""The history of a timetable: an append-only table in a file of its own; each line is on the disk when it is told."""

import json
from pathlib import Path
from typing import Self

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, func, insert, select
from sqlalchemy.exc import DatabaseError

from archive.schema import open_engine
from missions.errors import InputError
from missions.occurrence import Occurrence, OccurrenceChange, OccurrenceState, latest_of

_metadata = MetaData()
_changes = Table(
    "changes",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("patrol", String, nullable=False),
    Column("due_utc_s", Float, nullable=False),
    Column("at_utc_s", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("figures", Text, nullable=False),
    sqlite_autoincrement=True,
)
_served = Table("served", _metadata, Column("since_utc_s", Float, nullable=False))


class History:
    """A timetable's history; use as a context manager."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._engine = open_engine(f"sqlite:///{file}")

    @classmethod
    def open(cls, file: Path, *, must_exist: bool = False) -> Self:
        """Open or make the file.

        Raises:
            InputError: it cannot be made, is none of ours, or is absent though it must not be.

        """
        if must_exist and not file.is_file():
            raise InputError("no history yet", file=file, remedy="`patrol serve` writes it")
        history = cls(file)
        try:
            _metadata.create_all(history._engine)
        except DatabaseError as exc:
            history.close()
            raise InputError(f"cannot be used: {exc.orig}", file=file, remedy="a history of `patrol serve`") from exc
        return history

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def write(self, change: OccurrenceChange) -> None:
        """Append a line; it is committed when this returns."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(_changes).values(
                    patrol=change.occurrence.patrol,
                    due_utc_s=change.occurrence.due_utc_s,
                    at_utc_s=change.at_utc_s,
                    state=change.state.value,
                    text=change.text,
                    figures=json.dumps(dict(change.figures)),
                )
            )

    def served_since(self, now_utc_s: float) -> float:
        """Return when this timetable was served first; now, where it never was."""
        with self._engine.begin() as connection:
            known = connection.execute(select(func.min(_served.c.since_utc_s))).scalar()
            if known is None:
                connection.execute(insert(_served).values(since_utc_s=now_utc_s))
                return now_utc_s
        return float(known)

    def changes(self) -> tuple[OccurrenceChange, ...]:
        """Return all lines, as they were written."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_changes).order_by(_changes.c.seq)).all()
        return tuple(
            OccurrenceChange(
                occurrence=Occurrence(patrol=row.patrol, due_utc_s=row.due_utc_s),
                state=OccurrenceState(row.state),
                at_utc_s=row.at_utc_s,
                text=row.text,
                figures=json.loads(row.figures),
            )
            for row in rows
        )

    def latest(self) -> tuple[OccurrenceChange, ...]:
        """Return the last line of each occurrence, in the order in which they were due."""
        return latest_of(self.changes())
