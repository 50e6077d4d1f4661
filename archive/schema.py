"""Tables: the append-only journal, and what readers ask for most, kept beside it in the same transaction."""

from sqlalchemy import Column, Engine, Float, Index, Integer, MetaData, String, Table, Text, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("wall_s", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),  # values of one kind and key replace each other; the newest holds
    Column("value", Text, nullable=False),
    Index("journal_by_kind", "kind", "key"),
    sqlite_autoincrement=True,
)

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=True),
    Column("stream_id", String, nullable=False),
    Column("pts_s", Float, nullable=False),
    Column("track_id", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Index("tracks_by_pts", "pts_s", "track_id"),
)

telemetry = Table(
    "telemetry",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=True),
    Column("vehicle_id", String, nullable=False),
    Column("captured_utc_s", Float, nullable=False),
    Column("value", Text, nullable=False),
    Index("telemetry_by_time", "captured_utc_s"),
)

picture_times = Table(
    "picture_times",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=True),
    Column("stream_id", String, nullable=False),
    Column("pts_s", Float, nullable=False),
    Column("captured_utc_s", Float, nullable=False),
    Index("picture_times_by_pts", "stream_id", "pts_s"),
)


def open_engine(url: str) -> Engine:
    """Return an engine; SQLite in WAL mode with a busy time-out, so that a reader never stops the writer."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.close()

    return engine
