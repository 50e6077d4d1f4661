"""Plan files: a `Plan` as JSON with a hash, so that nobody flies a plan that was changed after it was checked."""

import json
from dataclasses import replace
from pathlib import Path

from missions.codec import from_json, sha256_of, to_json
from missions.errors import InputError
from missions.formats.atomic import write_atomically
from missions.plan import Plan


def with_hash(plan: Plan) -> Plan:
    """Return the plan with the hash of everything else in it."""
    return replace(plan, plan_hash=sha256_of(replace(plan, plan_hash="")))


def save_plan(plan: Plan, path: Path) -> None:
    """Write the plan with its hash, whole or not at all.

    Raises:
        InputError: the place cannot be written.

    """
    write_atomically(path, to_json(with_hash(plan), indent=1) + "\n")


def load_plan(path: Path) -> Plan:
    """Read a plan and verify its hash.

    Raises:
        InputError: it cannot be read, is no plan, or was changed after it was made.

    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a plan made by `patrol plan`") from exc
    if not text.strip():
        raise InputError("is empty", file=path, remedy="a plan made by `patrol plan`")
    plan = from_json(Plan, text, file=path)
    if with_hash(plan).plan_hash != plan.plan_hash or json.loads(text) != json.loads(to_json(plan)):
        raise InputError("was changed after it was made", file=path, field="plan_hash", remedy="plan again")
    return plan
