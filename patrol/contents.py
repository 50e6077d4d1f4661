"""`patrol`: the table of contents of everything skypatrol does."""

import typer

from patrol.commands import (
    archive,
    demo,
    detector,
    detector_networks,
    detour,
    doctor,
    fly,
    link,
    mine,
    mission,
    plan,
    replan,
    replay,
    report,
    review,
    roads,
    run,
    script,
    serve,
    sim,
    sitl,
    smoke_fire_training,
    watch,
    zones,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Drone road patrols: plan over streets, fly through MAVLink, watch, warn, review.",
)


def _group(name: str, what: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=what)
    app.add_typer(group, name=name)
    return group


app.command()(run.run)
app.command()(demo.demo)
app.command()(plan.plan)
app.command()(replan.replan)
app.command()(detour.detour)
app.command()(plan.check)
app.command()(plan.export)
app.command()(zones.zones)
app.command()(fly.fly)
app.command()(sim.sim)
app.command()(script.script)
app.command()(serve.serve)
app.command()(watch.watch)
app.command()(replay.replay)
app.command()(report.report)
app.command()(review.review)
app.command()(archive.incidents)
app.command()(doctor.doctor)

_roads = _group("roads", "Road networks.")
_roads.command("import")(roads.roads_import)

_missions = _group("mission", "Mission files.")
_missions.command("schema")(mission.mission_schema)
_missions.command("check")(mission.mission_check)

_links = _group("link", "Links to vehicles.")
_links.command("key")(link.link_key)
_links.command("sign")(link.link_sign)
_links.command("unsign")(link.link_unsign)

_archives = _group("archive", "What patrols left behind.")
_archives.command("list")(archive.archive_list)
_archives.command("show")(archive.archive_show)

_detectors = _group("detector", "Train, measure, describe and bring detectors; `runtimes` says what can run them here.")
_detectors.command("render")(detector.detector_render)
_detectors.command("train")(detector.detector_train)
_detectors.command("evaluate")(detector.detector_evaluate)
_detectors.command("average")(detector.detector_average)
_detectors.command("calibrate")(detector.detector_calibrate)
_detectors.command("card")(detector.detector_card)
_detectors.command("export")(detector_networks.detector_export)
_detectors.command("quantise")(detector_networks.detector_quantise)
_detectors.command("map")(detector_networks.detector_map)
_detectors.command("runtimes")(detector_networks.detector_runtimes)
_detectors.command("mine")(mine.detector_mine)
_detectors.command("train-look")(smoke_fire_training.detector_train_look)
_detectors.command("train-stirring")(smoke_fire_training.detector_train_stirring)
_detectors.command("train-judge")(smoke_fire_training.detector_train_judge)
_detectors.command("fit-rule")(smoke_fire_training.detector_fit_rule)

_sitl = _group("sitl", "ArduPilot's own simulator.")
_sitl.command("get")(sitl.sitl_get)
_sitl.command("start")(sitl.sitl_start)
_sitl.command("status")(sitl.sitl_status)
_sitl.command("stop")(sitl.sitl_stop)
