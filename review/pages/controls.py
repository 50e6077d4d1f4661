"""Buttons of a running patrol: what `patrol/` allows, asked twice."""

from nicegui import ui

from missions.errors import SkypatrolError
from review.actions import ReviewAction
from review.pages.shell import View


def action_buttons(view: View, key: str) -> None:
    """Add a button for every action of this patrol."""
    for action in view.site.actions:
        if action.patrol == key:
            words = view.say(f"action.{action.name}")
            ui.button(words, on_click=lambda a=action: _ask(view, a)).props("flat no-caps dense").classes("act")


async def _ask(view: View, action: ReviewAction) -> None:
    words = view.say(f"action.{action.name}")
    with ui.dialog() as dialog, ui.card().classes("ask"):
        ui.label(view.say("action.sure", action=words))
        with ui.row():
            ui.button(view.say("action.yes"), on_click=lambda: dialog.submit("yes")).props("no-caps")
            ui.button(view.say("action.no"), on_click=lambda: dialog.submit("no")).props("flat no-caps")
    answer = await dialog
    dialog.delete()
    if answer != "yes":
        return
    try:
        await action.run()
    except SkypatrolError as exc:
        ui.notify(view.say("action.failed", action=words, reason=str(exc)), type="negative")
    else:
        ui.notify(view.say("action.done", action=words))
