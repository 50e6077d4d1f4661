"""Plan files: a `Plan` or a `FleetPlan` as JSON with a hash, so that nobody flies what was changed after its check."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from missions.codec import from_json, sha256_of, to_json
from missions.errors import InputError
from missions.fleet_plan import FleetPlan, plans_of
from missions.formats.atomic import write_atomically
from missions.plan import Plan

AnyPlan = TypeVar("AnyPlan", bound=Plan | FleetPlan)


def with_hash(plan: AnyPlan) -> AnyPlan:
    """Return the plan with the hash of everything else in it."""
    return replace(plan, plan_hash=sha256_of(replace(plan, plan_hash="")))


def save_plan(plan: Plan | FleetPlan, path: Path) -> None:
    """Write the plan with its hash, whole or not at all.

    Raises:
        InputError: the place cannot be written.

    """
    write_atomically(path, to_json(with_hash(plan), indent=1) + "\n")


def load_plan(path: Path, *, vehicle_id: str | None = None) -> Plan:
    """Read the plan of one aircraft and verify its hash; out of a fleet's file, the one named.

    Raises:
        InputError: it cannot be read, is no plan, was changed after it was made, or does not say which aircraft.

    """
    return plan_of_vehicle(load_any_plan(path), vehicle_id, path)


def load_any_plan(path: Path) -> Plan | FleetPlan:
    """Read what one aircraft or a fleet flies and verify its hash.

    Raises:
        InputError: it cannot be read, is no plan, or was changed after it was made.

    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a plan made by `patrol plan`") from exc
    if not text.strip():
        raise InputError("is empty", file=path, remedy="a plan made by `patrol plan`")
    plan = from_json(FleetPlan, text, file=path) if _is_fleet(text) else from_json(Plan, text, file=path)
    if with_hash(plan).plan_hash != plan.plan_hash or json.loads(text) != json.loads(to_json(plan)):
        raise InputError("was changed after it was made", file=path, field="plan_hash", remedy="plan again")
    return plan


def plan_of_vehicle(plan: Plan | FleetPlan, vehicle_id: str | None, file: Path) -> Plan:
    """Return one aircraft's plan; `vehicle_id` may be left out where there is one.

    Raises:
        InputError: the file holds no such aircraft, or several and none was named.

    """
    plans = plans_of(plan)
    ids = ", ".join(one.vehicle_id for one in plans)
    if vehicle_id is None and len(plans) == 1:
        return plans[0]
    if vehicle_id is None:
        raise InputError(
            f"holds the plans of {len(plans)} aircraft", file=file, field="--vehicle", remedy=f"one of {ids}"
        )
    for one in plans:
        if one.vehicle_id == vehicle_id:
            return one
    raise InputError(f"no plan of {vehicle_id!r}", file=file, field="--vehicle", remedy=f"one of {ids}")


def _is_fleet(text: bytes) -> bool:
    """Whether the text is a fleet's; what is no JSON is left to the reader of plans to refuse."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and "plans" in document
