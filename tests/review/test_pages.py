"""The pages in a real Chromium: what a reviewer sees and does, and that nothing of it leaves the machine."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive import Archive, ArchiveState
from missions import Decision, DeliveryState
from missions.alert import Delivery

pytestmark = pytest.mark.chromium

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ROOT = Path(__file__).resolve().parents[2]
SERVE = "from patrol.commands.review import review; review(folder, open_page=False)"
WAIT_MS = 30_000


@dataclass
class Site:
    """A server over two archives, one closed and one still being flown, and a browser in front of it."""

    url: str
    closed: "object"
    live: "object"
    browser: "object"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if not Path(CHROMIUM).exists():
        if "chromium" in os.environ.get("SKYPATROL_REQUIRE", "").split(","):
            pytest.fail("SKYPATROL_REQUIRE names chromium, but it is absent")
        pytest.skip("chromium is absent")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def heed_interrupts() -> None:
    """A job in the background of a shell inherits that Ctrl-C is ignored; a person's terminal does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def served(folder: Path, serve: str = SERVE) -> Iterator[str]:
    """Run `patrol review` as a process of its own on a free port, until it gets a Ctrl-C."""
    code = f"from pathlib import Path; folder = Path({str(folder)!r}); {serve}"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - sets one signal and touches no lock
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("review: http://127.0.0.1:"), line + process.stderr.read()
        yield line.split()[1].rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors, errors
    assert process.returncode == 0


@pytest.fixture(scope="module")
def site(browser: object, tmp_path_factory: pytest.TempPathFactory, build_in: Callable) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("patrols")
    closed, live = build_in(folder / "evening"), build_in(folder / "live", close=False)
    with served(folder) as url:
        yield Site(url=url, closed=closed, live=live, browser=browser)


@pytest.fixture
def page(site: Site) -> Iterator[object]:
    """A page of which every request stays on the machine and no script fails."""
    context = site.browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_MS)
    left: list[str] = []
    wrong: list[str] = []

    def asked(url: str) -> None:
        if not url.startswith((site.url, site.url.replace("http", "ws", 1), "data:", "blob:")):
            left.append(url)

    context.on("request", lambda request: asked(request.url))
    opened = context.new_page()
    opened.on("websocket", lambda socket: asked(socket.url))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert left == []
    assert wrong == []


def wait_for_player(page: object) -> None:
    page.wait_for_function("Number(document.querySelector('sky-player')?.dataset.drawn) > 0")


# Where the white core of the running square is in the shown picture, and the box the player has for it.
MEASURE = """() => {
  const player = document.querySelector('sky-player'), video = player.video;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  let n = 0, sx = 0, sy = 0;
  for (let y = Math.round(canvas.height * 0.38); y < canvas.height * 0.8; y++)
    for (let x = 0; x < canvas.width; x++) {
      const i = 4 * (y * canvas.width + x);
      if (data[i] > 232 && data[i + 1] > 232 && data[i + 2] > 232) { n++; sx += x + 0.5; sy += y + 0.5; }
    }
  const box = player.store.at(player.pts).find(({id}) => id === 7).box;
  return {pts: player.pts, pixels: n, seen: [sx / n, sy / n], box: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]};
}"""


def test_the_patrols_of_a_folder_are_listed_with_what_is_to_be_reviewed(site: Site, page: object) -> None:
    page.goto(site.url)
    page.wait_for_selector(".patrol >> nth=1")
    names = page.locator(".patrol .key").all_inner_texts()
    assert sorted(names) == ["evening", "live"]
    assert "Live" in page.locator(".patrol", has_text="live").inner_text()
    page.locator(".patrol", has_text="evening").click()
    page.wait_for_selector(".card")
    assert page.url.startswith(f"{site.url}/p/evening")


def test_the_grid_shows_every_incident_with_its_picture_and_filters_by_kind(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/live")
    page.wait_for_selector(".card >> nth=2")
    page.wait_for_function("[...document.querySelectorAll('.thumb img')].every((image) => image.naturalWidth === 640)")
    assert page.locator(".card .words b").all_inner_texts() == ["Gaoxin Avenue", "Road not known", "Gaoxin Avenue"]
    assert "± 6.4 m" in page.locator(".card[data-id=p1-smoke-1]").inner_text()
    page.locator(".chip", has_text="Stopped vehicle").click()
    page.wait_for_function("document.querySelectorAll('.card').length === 1")
    page.locator(".chip", has_text="Dismissed").click()
    page.wait_for_selector(".grid .nothing")


def test_the_map_is_drawn_from_the_archive_alone(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening")
    page.wait_for_selector(".map[data-ready=yes], .map [data-ready=yes]", state="attached")
    assert page.locator(".sky-mark.incident").count() == 2  # the fire has no position
    assert page.locator(".leaflet-tile").count() == 0
    painted = page.evaluate(
        """() => { const c = document.querySelector('.leaflet-overlay-pane canvas');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); }"""
    )
    assert painted


def test_boxes_fit_the_picture_they_are_drawn_on_at_a_variable_frame_rate(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening/i/p1-smoke-1")
    wait_for_player(page)
    moment = site.closed.incidents[0].opened_pts_s
    start = site.closed.pts_s.index(moment)
    for offset in range(14):
        expected = site.closed.pts_s[start + offset]
        page.wait_for_function(f"Math.abs(document.querySelector('sky-player').pts - {expected}) < 0.001")
        found = page.evaluate(MEASURE)
        assert found["pixels"] > 150
        assert abs(found["seen"][0] - found["box"][0]) < 1.0, found  # the square runs 4 px and more per picture
        assert abs(found["seen"][1] - found["box"][1]) < 1.5, found
        page.keyboard.press("ArrowRight")


def test_the_incidents_own_track_is_painted_on_the_canvas_and_boxes_can_be_switched_off(
    site: Site, page: object
) -> None:
    page.goto(f"{site.url}/p/evening/i/p1-smoke-1")
    wait_for_player(page)
    moment = site.closed.incidents[0].opened_pts_s
    page.wait_for_function(f"document.querySelector('sky-player').dataset.pts === '{moment:g}'")
    amber = """() => { const c = document.querySelector('sky-player canvas');
      const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height); let n = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === 242 && data[i + 1] === 176 && data[i + 2] === 76 && data[i + 3] > 200) n++;
      return n; }"""
    assert page.evaluate(amber) > 300  # the smoke's colour: its box and its label
    there = sum(track.pts_s == moment for track in site.closed.tracks)
    assert there > 1
    assert page.locator("sky-player").get_attribute("data-drawn") == str(there)
    page.keyboard.press("b")
    assert page.locator("sky-player").get_attribute("data-drawn") == "1"
    page.keyboard.press("b")
    page.wait_for_function("document.querySelector('sky-player').dataset.drawn === '0'")


def test_the_footage_plays_and_the_aircraft_on_the_map_flies_along(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening/i/p1-smoke-1")
    wait_for_player(page)
    page.wait_for_selector(".sky-mark.drone")
    where = "document.querySelector('.sky-mark.drone').style.transform"
    before, pts = page.evaluate(where), page.evaluate("document.querySelector('sky-player').pts")
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector('sky-player').pts > {pts} + 0.8")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('sky-player').video.paused")
    assert page.evaluate(where) != before
    page.keyboard.press("m")
    page.wait_for_function(f"Math.abs(document.querySelector('sky-player').pts - {pts}) < 0.001")
    page.locator(".story li[data-seek]").first.click()
    page.wait_for_function(f"document.querySelector('sky-player').pts < {pts} - 1")


def test_a_decision_with_a_note_is_in_the_archive_and_on_the_page(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening/i/p1-smoke-1")
    page.wait_for_selector(".verdict .confirm")
    page.locator(".reviewer input").fill("Night desk")
    page.locator(".verdict textarea").fill("White smoke <b>from</b> an e-bike")
    page.locator(".verdict .confirm").click()
    page.wait_for_selector(".heading .badge.confirmed")
    assert "White smoke <b>from</b> an e-bike" in page.locator(".history").inner_text()
    with Archive.open(site.closed.folder) as archive:
        (verdict,) = archive.verdicts("p1-smoke-1")
    assert verdict.decision is Decision.CONFIRMED
    assert verdict.note == "White smoke <b>from</b> an e-bike"
    assert verdict.reviewer == "Night desk"


def test_the_keyboard_works_through_the_grid(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/live")
    page.wait_for_selector(".card >> nth=2")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".card.selected").get_attribute("data-id") == "p1-stopped-2"
    page.keyboard.press("d")
    page.wait_for_function("document.querySelectorAll('.card').length === 2")
    with Archive.open(site.live.folder) as archive:
        assert [v.decision for v in archive.verdicts("p1-stopped-2")] == [Decision.DISMISSED]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/i/**")


def test_alerts_show_their_state_and_never_a_channels_secret(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening/i/p1-fire-3")
    page.wait_for_selector(".alerts tbody tr >> nth=1")
    words = page.locator(".alerts").inner_text()
    assert "North gate" in words
    assert "wecombot" in words
    assert "Failed" in words
    assert "s3cr3t" not in page.content()


def test_a_running_patrol_brings_new_incidents_and_alert_states_by_itself(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/live")
    page.wait_for_selector(".card >> nth=1")
    assert "Live" in page.locator(".heading").inner_text()
    newest = replace(
        site.live.incidents[0],
        incident_id="p1-smoke-9",
        opened_utc_s=site.live.incidents[0].opened_utc_s + 3600,
        road_name="Jiayuan Road",
    )
    with Archive.open(site.live.folder) as archive:
        archive.append("incident", newest)
        page.wait_for_selector(".card[data-id=p1-smoke-9]")
        assert page.locator(".card").first.get_attribute("data-id") == "p1-smoke-9"
        page.goto(f"{site.url}/p/live/i/p1-fire-3")
        wait_for_player(page)  # fragmented, not closed, and it plays
        alert_id = archive.alerts("p1-fire-3")[1].alert_id
        step = Delivery(alert_id=alert_id, state=DeliveryState.ACKNOWLEDGED, at_wall_s=time.time())
        archive.append("delivery", step)
        page.wait_for_selector(".alerts .badge.acknowledged")


def test_the_whole_footage_plays_from_where_the_flown_path_was_clicked(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening/footage?at=106.0")
    # The first picture of the footage may be drawn before the player has sought the one that was asked for.
    page.wait_for_function("Math.abs(document.querySelector('sky-player').pts - 106.0) < 0.15")
    assert page.locator(".timeline .mark").count() == 3
    assert not page.locator(".control.moment").is_visible()
    page.locator(".timeline .mark").first.click()
    page.wait_for_url("**/i/**")


def test_a_player_goes_on_when_the_patrol_under_it_closes(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/live/i/p1-smoke-1")
    wait_for_player(page)
    with Archive.open(site.live.folder) as archive:
        archive.close(ArchiveState.COMPLETE)
    page.wait_for_function("!document.querySelector('sky-player').store.live")
    for pts in (103.0, 111.0):
        page.evaluate(f"document.querySelector('sky-player').seek({pts})")
        page.wait_for_function(f"Math.abs(document.querySelector('sky-player').pts - {pts}) < 0.3")
    assert page.locator("sky-player.empty").count() == 0


def test_a_running_patrol_offers_its_actions_and_asks_before_it_does_them(
    build_in: Callable, browser: object, tmp_path: Path
) -> None:
    build_in(tmp_path / "live", close=False, width=320, height=180)
    serve = (
        "from missions import FlightError\n"
        "from review import ReviewAction, serve\n"
        "async def hold(): (folder / 'held').touch()\n"
        "async def resume(): raise FlightError('no link')\n"
        "actions = [ReviewAction(name=n, run=r, patrol='live') for n, r in (('hold', hold), ('resume', resume))]\n"
        "serve(folder, actions=actions, on_ready=lambda url: print('review:', url, flush=True))"
    ).replace("; ", "\n")
    with served(tmp_path, "\n" + serve) as url:
        page = browser.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{url}/p/live")
        page.locator(".act", has_text="Hold").click()
        page.locator(".ask button", has_text="No").click()
        page.locator(".act", has_text="Resume").click()
        page.locator(".ask button", has_text="Yes").click()
        page.wait_for_selector(".q-notification:has-text('no link')")
        assert not (tmp_path / "held").exists()
        page.locator(".act", has_text="Hold").click()
        page.locator(".ask button", has_text="Yes").click()
        page.wait_for_selector(".q-notification:has-text('done')")
        assert (tmp_path / "held").exists()
        page.close()


def test_the_pages_speak_chinese_and_keep_speaking_it(site: Site, page: object) -> None:
    page.goto(f"{site.url}/p/evening")
    page.locator(".languages a", has_text="简体中文").click()
    page.wait_for_selector("html[lang=zh-CN]", state="attached")
    page.locator(".chip", has_text="全部").first.click()
    page.locator(".card[data-id=p1-smoke-1] a.open").click()
    page.wait_for_selector("sky-player .bar")
    words = page.locator("body").inner_text()
    for expected in ("烟雾", "确认", "排除", "事件经过", "警报", "派遣", "事发时刻", "响应"):
        assert expected in words
    assert "lang=zh-CN" in page.url
    assert "Confirm" not in words
