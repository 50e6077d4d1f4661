"""Mission files: YAML in, a `Mission` out, or one line that says what is wrong and where."""

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from missions.codec import sha256_of
from missions.errors import InputError
from missions.hardware import load_airframe, load_camera
from missions.mission import Aircraft, Mission
from missions.roads_section import KeepRoads

AnyModel = TypeVar("AnyModel", bound=BaseModel)


class LoadedMission(NamedTuple):
    """A mission and where it came from."""

    mission: Mission
    path: Path
    mission_hash: str

    @property
    def roads_file(self) -> Path:
        """The road file, resolved against the mission file's folder."""
        return (self.path.parent / self.mission.roads.file).resolve()

    @property
    def terrain_file(self) -> Path | None:
        """The terrain file, resolved as the road file is; None where the mission has none."""
        terrain = self.mission.terrain
        return (self.path.parent / terrain.file).resolve() if terrain is not None else None

    @property
    def keep(self) -> KeepRoads:
        """The wanted roads, a polygon's file resolved against the mission file's folder."""
        keep = self.mission.roads.keep
        if not isinstance(keep.polygon, Path):
            return keep
        return keep.model_copy(update={"polygon": (self.path.parent / keep.polygon).resolve()})

    @property
    def detector(self) -> str:
        """The detector's name, or the path of its file."""
        return self.mission.watch.detector


def load_mission(path: Path) -> LoadedMission:
    """Read and check a mission file.

    Raises:
        InputError: with file, line, field and remedy.

    """
    mission, tree = read_sections(path, Mission, kind="a mission", begins="name: ..., roads: ..., dock: ...")
    _refuse_unknown_hardware(mission, tree, path)
    return LoadedMission(_with_detector_found(mission, path), path, sha256_of(mission))


def _with_detector_found(mission: Mission, path: Path) -> Mission:
    """Return the mission with the path of a detector's file, which is looked for in the mission file's folder first."""
    beside = path.parent / mission.watch.detector
    if not beside.is_file():
        return mission
    return mission.model_copy(update={"watch": mission.watch.model_copy(update={"detector": str(beside)})})


def read_sections(path: Path, model: type[AnyModel], *, kind: str, begins: str) -> tuple[AnyModel, CommentedMap]:
    """Read a YAML file that is one of a model's, and the tree that knows its lines.

    `kind` and `begins` say in errors what the file should be, and how one begins.

    Raises:
        InputError: with file, line, field and remedy.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy=f"{kind} .yaml file") from exc
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=path, remedy=f"{kind} .yaml file") from exc
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else None
        raise InputError(str(exc.problem), file=path, line=line, remedy="YAML") from exc
    except YAMLError as exc:
        raise InputError(str(exc).splitlines()[0], file=path, remedy="YAML") from exc
    if not isinstance(tree, CommentedMap):
        raise InputError("is not a mapping of fields", file=path, line=1, remedy=begins)
    try:
        return model.model_validate(tree), tree
    except ValidationError as exc:
        raise _first_error(exc, tree, path, model) from exc


def mission_schema() -> str:
    """Return the JSON Schema of mission files, for editors."""
    return json.dumps(Mission.model_json_schema(), indent=2, ensure_ascii=False)


def line_of_field(path: Path, field: str) -> int | None:
    """Return the line of a dotted field of a mission file that was read before, or of the section it would stand in."""
    return _line_of(_parts(field), YAML(typ="rt").load(path.read_text(encoding="utf-8")))


def _refuse_unknown_hardware(mission: Mission, tree: CommentedMap, path: Path) -> None:
    if not mission.fleet:
        _refuse_unknown(("aircraft",), mission.aircraft, tree, path)
    for number, one in enumerate(mission.fleet):
        _refuse_unknown(("fleet", number), one, tree, path)


def _refuse_unknown(place: tuple[str | int, ...], aircraft: Aircraft, tree: CommentedMap, path: Path) -> None:
    for field, load in (("airframe", load_airframe), ("camera", load_camera)):
        try:
            load(getattr(aircraft, field))
        except InputError as exc:
            where = (*place, field)
            what = f"{exc.file}: {exc.field}: {exc.what}" if exc.file is not None else exc.what
            raise InputError(
                what, file=path, line=_line_of(where, tree), field=".".join(map(str, where)), remedy=exc.remedy
            ) from exc


def _first_error(exc: ValidationError, tree: CommentedMap, path: Path, root: type[BaseModel]) -> InputError:
    error = exc.errors()[0]
    loc = (*error["loc"], *_named_field(error))
    where = tuple(part for part in loc if not str(part).startswith("["))  # "[corners]": one of two forms
    field = ".".join(str(part) for part in where)
    what, remedy = str(error["msg"]).removeprefix("Value error, "), None
    if error["type"] == "extra_forbidden":
        names = _fields_at(where[:-1], root)
        close = get_close_matches(str(where[-1]), names, n=1)
        what = "unknown field"
        remedy = f"did you mean {close[0]}?" if close else f"one of {', '.join(names)}"
    elif error["type"] == "missing":
        what, remedy = "is missing", _describe(where, root)
    elif error["type"] == "wrong_field":
        remedy = None
    else:
        got = error.get("input")
        if isinstance(got, str | int | float | bool):
            what = f"{what}, not {got!r}"
        remedy = _describe(where, root)
    return InputError(what, file=path, line=_line_of(where, tree), field=field or None, remedy=remedy)


def _named_field(error: Any) -> tuple[str | int, ...]:  # noqa: ANN401 - pydantic's details of an error
    """Return the field that a section's own rule blamed (`missions.mission.wrong`)."""
    if error["type"] != "wrong_field":
        return ()
    return _parts(error["ctx"]["field"])


def _parts(field: str) -> tuple[str | int, ...]:
    """Return a dotted field as the path to it; numbers count the entries of a list."""
    return tuple(int(part) if part.isdigit() else part for part in field.split("."))


def _line_of(where: tuple[Any, ...], tree: Any) -> int | None:  # noqa: ANN401 - ruamel's nodes are untyped
    """Return the line of the deepest part of the path that stands in the file, counted from 1."""
    node, line = tree, 1
    for part in where:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            break
        node = node[part]
    return line


def _model_at(where: tuple[Any, ...], root: type[BaseModel]) -> type[BaseModel] | None:
    """Return the section a path leads to, following lists of sections."""
    model = root
    for part in where:
        if isinstance(part, int):
            continue
        info = _field_of(model, str(part))
        section = _section_in(info.annotation) if info else None
        if section is None:
            return None
        model = section
    return model


def _field_of(model: type[BaseModel], name: str) -> FieldInfo | None:
    """Return a section's field by the name it has in the file."""
    return next((info for own, info in model.model_fields.items() if name in {own, info.alias}), None)


def _section_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - typing's objects have no common type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _section_in(inner)
        if found is not None:
            return found
    return None


def _fields_at(where: tuple[Any, ...], root: type[BaseModel]) -> list[str]:
    model = _model_at(where, root)
    return sorted(info.alias or name for name, info in model.model_fields.items()) if model else []


def _describe(where: tuple[Any, ...], root: type[BaseModel]) -> str | None:
    model = _model_at(where[:-1], root)
    info = _field_of(model, str(where[-1])) if model and where else None
    return info.description if info else None
