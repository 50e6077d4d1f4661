"""The patrols of a folder."""

from nicegui import ui

from review.feed import PatrolFeed, ReviewState
from review.pages.shell import Site, TopBar, View, badge, esc, head, html, view_of
from review.wording import date_time, seconds_text

_LOOK_S = 2.0


def patrol_list_page(site: Site, lang: str | None) -> None:
    """Show every patrol, newest first; new ones appear by themselves."""
    view = view_of(site, lang)
    head(view, view.say("patrols"))
    TopBar(view, [(view.say("patrols"), None)], ())
    html(f"<h1>{esc(view.say('patrols'))}</h1>", "title")
    area = ui.element("div").classes("patrols")
    shown: list[str] = []

    def draw() -> None:
        cards = [_card(view, feed) for feed in site.patrols.feeds()]
        cards += [_broken(view, name, why) for name, why in site.patrols.unreadable.items()]
        cards = cards or [f'<p class="nothing">{esc(view.say("patrols.none"))}</p>']
        if cards == shown:
            return
        shown[:] = cards
        area.clear()
        with area:
            html("".join(cards), "contents")

    draw()
    ui.timer(_LOOK_S, draw)


def _card(view: View, feed: PatrolFeed) -> str:
    feed.poll()
    files = feed.files()
    new = sum(file.state is ReviewState.NEW for file in files)
    plan = feed.plan
    words = view.say("patrol.new", count=new) if new else view.say("patrol.none_new")
    state = feed.archive.state
    facts = [
        (view.say("patrol.started"), f"{date_time(feed.archive.created_wall_s)} UTC"),
        (view.say("patrol.vehicle"), plan.vehicle_id),
        (view.say("patrol.distance"), f"{plan.estimate.distance_m / 1000:.1f} km"),
        (view.say("patrol.duration"), seconds_text(plan.estimate.time_s, view.language)),
    ]
    rows = "".join(f"<dt>{esc(name)}</dt><dd>{esc(value)}</dd>" for name, value in facts)
    tallies = f'<span class="count">{esc(view.say("patrol.incidents", count=len(files)))}</span>'
    tallies += f'<span class="count {"new" if new else "done"}">{esc(words)}</span>' if files else ""
    return (
        f'<a class="patrol" href="{esc(view.link("p", feed.key))}"><div class="name"><b>{esc(plan.mission_name)}</b>'
        f'{badge(state, view.say(f"patrol.state.{state}"))}</div><div class="key">{esc(feed.key)}</div>'
        f'<dl>{rows}</dl><div class="tallies">{tallies}</div></a>'
    )


def _broken(view: View, name: str, why: str) -> str:
    mark = badge("failed", view.say("patrols.unreadable"))
    return f'<div class="patrol broken"><div class="name"><b>{esc(name)}</b>{mark}</div><p>{esc(why)}</p></div>'
