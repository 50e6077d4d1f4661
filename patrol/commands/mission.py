"""`patrol mission`: the mission file itself."""

from patrol.commands.options import MissionArg


def mission_schema() -> None:
    """Write the JSON Schema of mission files, for editors."""
    import sys

    from missions.mission_file import mission_schema as schema

    sys.stdout.write(schema() + "\n")


def mission_check(mission: MissionArg) -> None:
    """Check a mission file and say what it asks for."""
    from missions.mission_file import load_mission
    from patrol.console import stdout

    loaded = load_mission(mission)
    flight, watch = loaded.mission.flight, loaded.mission.watch
    stdout.print(
        f"{loaded.mission.name}: {flight.height_m:g} m above home, looking for {', '.join(watch.incidents)} "
        f"at {watch.detect_hz:g} pictures/s, {len(loaded.mission.staff)} staff, language {loaded.mission.language}"
    )
