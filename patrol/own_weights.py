"""The weights a mission names, looked at before anything is planned or started."""

from missions.errors import InputError
from missions.mission_file import LoadedMission, line_of_field

_FIELD = "watch.detector"


def refuse_foreign_weights(loaded: LoadedMission) -> None:
    """Return where the mission's detector is shipped, or a weights file of ours that fits this version's network.

    Raises:
        InputError: naming the mission's line; weights are never unpickled to find out.

    """
    from vision.detector.weights import build_network, open_weights, shipped_names

    try:
        weights = open_weights(loaded.detector)
        if loaded.detector not in shipped_names():
            build_network(weights)
    except InputError as exc:
        raise InputError(
            f"{exc.file}: {exc.what}" if exc.file is not None else exc.what,
            file=loaded.path,
            line=line_of_field(loaded.path, _FIELD),
            field=_FIELD,
            remedy=exc.remedy,
        ) from exc
