"""How a plan is flown: settings from what the operator gave on the command line."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flight.exchange import GCS_SYSTEM_ID
from flight.link_url import LinkUrl, parse_link_url
from flight.preflight import WAIVABLE
from flight.preflight_inputs import Waiver
from flight.settings import FlySettings
from flight.signing import read_key
from missions.errors import InputError
from patrol.vehicles_folder import vehicle_locks


def fly_settings(
    *,
    timeout_s: float,
    waivers: Sequence[Waiver] = (),
    patrol_id: str | None = None,
    own_system_id: int = GCS_SYSTEM_ID,
    signing_key: Path | None = None,
    ours_alone: bool = False,
) -> FlySettings:
    """Return how to fly; whether batteries are simulated is the vehicle's to say, not its address'.

    `ours_alone`: the vehicle was started for this flight, and nobody else has to be kept from it.
    """
    settings = FlySettings(
        heartbeat_wait_s=timeout_s,
        waivers=tuple(waivers),
        own_system_id=own_system_id,
        locks=None if ours_alone else vehicle_locks(),
        signing_key=signing_key,
    )
    return settings if patrol_id is None else replace(settings, patrol_id=patrol_id)


def checked_links(links: Sequence[str], signing_key: Path | None) -> tuple[LinkUrl, ...]:
    """Return the addresses that a `--link` names, once the key beside them is known to be one.

    Raises:
        InputError: one is no address or named twice, or the file is no key.

    """
    urls = tuple(parse_link_url(text) for text in links)
    for url in urls:
        if urls.count(url) > 1:
            raise InputError(f"{url} is named twice", field=url.option, remedy="another way to the same vehicle")
    if signing_key is not None:
        read_key(signing_key)
    return urls


def waivers_of(checks: Sequence[str], operator: str | None) -> tuple[Waiver, ...]:
    """Return the operator's word that these checks may fail, each written `CHECK` or `CHECK=REASON`.

    Raises:
        InputError: there is no such check, it cannot be waived, or nobody answers for it.

    """
    waivers = []
    for text in checks:
        name, _, reason = text.partition("=")
        name = name.strip()
        if name not in WAIVABLE:
            raise InputError(
                f"no check {name!r} that may be waived", field="--waive", remedy=f"one of {', '.join(WAIVABLE)}"
            )
        if operator is None or not operator.strip():
            raise InputError(f"nobody answers for waiving {name!r}", field="--operator", remedy="--operator NAME")
        waivers.append(Waiver(check=name, operator=operator.strip(), reason=reason.strip()))
    return tuple(waivers)
