"""The detector a mission names, looked at before anything is planned or started."""

from pathlib import Path

from missions.detector_map import is_map
from missions.errors import InputError, SkypatrolError
from missions.mission_file import LoadedMission, line_of_field

_DETECTOR, _RUNTIME = "watch.detector", "watch.runtime"


def refuse_foreign_weights(loaded: LoadedMission) -> None:
    """Return where the mission's detector can run here: shipped, ours and fitting this version, or as its map says.

    Raises:
        InputError: naming the mission's line, or the map's; weights are never unpickled to find out.

    """
    try:
        if is_map(loaded.detector):
            _try_map(loaded)
        else:
            _try_weights(loaded)
    except InputError as exc:
        if exc.file is not None and exc.line is not None:
            raise  # the map's own line is nearer than the mission's
        raise _blamed(loaded, exc, _DETECTOR) from exc


def _try_map(loaded: LoadedMission) -> None:
    from vision.detector import load_detector

    load_detector(Path(loaded.detector), runtime=loaded.mission.watch.runtime)


def _try_weights(loaded: LoadedMission) -> None:
    from vision.detector.weights import build_network, open_weights, shipped_names

    weights = open_weights(loaded.detector)
    if loaded.detector not in shipped_names():
        build_network(weights)
    runtime = loaded.mission.watch.runtime
    if runtime == "auto":  # takes what is here
        return
    from vision.detector.export import network_of
    from vision.detector.runtimes import start

    try:
        start(network_of(weights), runtime)
    except SkypatrolError as exc:
        raise _blamed(loaded, exc, _RUNTIME) from exc


def _blamed(loaded: LoadedMission, exc: SkypatrolError, field: str) -> InputError:
    """Return the refusal at the mission's line."""
    line = line_of_field(loaded.path, field)
    if not isinstance(exc, InputError):
        return InputError(str(exc), file=loaded.path, line=line, field=field)
    what = f"{exc.file}: {exc.what}" if exc.file is not None else exc.what
    return InputError(what, file=loaded.path, line=line, field=field, remedy=exc.remedy)
