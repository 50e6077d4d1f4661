"""One process flies a vehicle: whoever comes second is told who does, before anything is asked of the vehicle."""

from contextlib import ExitStack
from pathlib import Path

from flight.commands import request_version
from flight.errors import VehicleBusy
from flight.exchange import Exchange
from flight.ledger import vehicle_name
from flight.simulated import says_simulated
from missions import InputError
from missions.process_lock import LockHeld, process_lock


async def hold_vehicle(link: Exchange, folder: Path, held: ExitStack) -> str:
    """Hold a vehicle that was met until `held` is closed; return why it could not be, or nothing.

    The lock is a file in `folder`, by the vehicle's serial number, else its system id, whichever way it is reached.
    Simulations of one machine may have the same number: theirs have the system id beside it. A disk that fails keeps
    nobody from flying.

    Raises:
        VehicleBusy: another process flies it.

    """
    version = link.latest.get("AUTOPILOT_VERSION") or await request_version(link)
    name = vehicle_name(version, link.target_system)
    if await says_simulated(link):
        name = f"{name}-simulated-{link.target_system}"
    try:
        held.enter_context(process_lock(folder / f"{name}.lock", f"vehicle {link.target_system} is flown"))
    except LockHeld as exc:
        by = exc.holder.words if exc.holder is not None else "another process"
        raise VehicleBusy(f"vehicle {link.target_system} at {link.address} is flown by {by}") from None
    except InputError as exc:
        return str(exc)
    return ""
