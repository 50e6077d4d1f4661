"""The one door to DroneKit, for people with DroneKit scripts; nothing else imports it.

DroneKit has no maintainer and needs two shims on Python 3.10 and later: `collections.MutableMapping` moved to
`collections.abc`, and `past.builtins` comes from the package `future`, which is installed beside it. It always sends a
ground station heartbeat, so a vehicle it is connected to does not notice that skypatrol's own link is gone.
"""

import collections
import collections.abc
import importlib
import os
import sys
import types
import warnings
from typing import Any

from flight.errors import LinkSilent
from flight.link_url import parse_link_url

_HEARTBEAT_S = 30


def import_dronekit() -> Any:  # noqa: ANN401 - it has no types
    """Return the module `dronekit`, working on this Python."""
    os.environ.setdefault("MAVLINK20", "1")
    os.environ.setdefault("MAVLINK_DIALECT", "ardupilotmega")
    for name in ("MutableMapping", "Mapping", "Iterable"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    if "past.builtins" not in sys.modules:
        try:
            importlib.import_module("past.builtins")
        except ImportError:  # `future` is absent or too old: DroneKit wants one name of it
            shim = types.ModuleType("past.builtins")
            shim.__dict__["basestring"] = str
            sys.modules["past"], sys.modules["past.builtins"] = types.ModuleType("past"), shim
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and deprecated imports of a package nobody mends
        return importlib.import_module("dronekit")


def connect_dronekit(url: str, *, wait_ready: bool = True, timeout_s: float = _HEARTBEAT_S) -> Any:  # noqa: ANN401 - as above
    """Return a connected `dronekit.Vehicle`; the caller closes it.

    Raises:
        InputError: the address is no link.
        LinkSilent: no vehicle answers.

    """
    link = parse_link_url(url)
    dronekit = import_dronekit()
    options = {"baud": link.number} if link.scheme == "serial" else {}
    address = link.place if link.scheme == "serial" else f"{link.scheme}:{link.place}:{link.number}"
    try:
        return dronekit.connect(address, wait_ready=wait_ready, heartbeat_timeout=timeout_s, **options)
    except (dronekit.APIException, OSError) as exc:
        raise LinkSilent(f"DroneKit finds no vehicle at {url}: {exc}") from exc
