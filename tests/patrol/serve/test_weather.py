"""Reports as airports write them, and what the gate says to them: each refusal names its figure."""

import datetime as dt
import http.server
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import Altitude, AltitudeReference, InputError, LegKind, Plan, Sortie, Waypoint
from patrol.serve.metar import Unreadable, WeatherReport, newest
from patrol.serve.timetable import WeatherLimits, load_timetable
from patrol.serve.weather import judge, weather_source
from tests.samples import DOCK, NOTHING, plan_with

NOW_S = dt.datetime(2026, 11, 26, 10, 0, tzinfo=dt.UTC).timestamp()
FINE = "METAR ZHHH 260930Z 32004MPS 9999 FEW030 12/05 Q1022 NOSIG="
LIMITS = WeatherLimits(max_wind_m_s=8.0, max_gust_m_s=11.0)


def plan() -> Plan:
    """Return a plan whose legs are 60 m high."""
    waypoint = Waypoint(
        position=DOCK,
        altitude=Altitude(metres=60.0, above=AltitudeReference.HOME),
        speed_m_s=8.0,
        gimbal_pitch_deg=-60.0,
        leg=LegKind.SERVICE,
    )
    sortie = Sortie(
        sortie_id="sortie-1", takeoff_height_m=60.0, waypoints=(waypoint,), stretch_ids=(), estimate=NOTHING
    )
    return plan_with(sorties=(sortie,))


def verdict(text: str, limits: WeatherLimits = LIMITS, **options: Any) -> tuple[bool, str, dict[str, float]]:
    """Return what the gate says to a text."""
    found = judge(lambda: text, limits, plan(), now_utc_s=NOW_S, **options)
    return found.open, found.text, dict(found.figures)


def test_fine_weather_opens_the_gate_and_its_figures_are_kept() -> None:
    is_open, text, figures = verdict(FINE)
    assert is_open, text
    assert figures == {
        "age_min": 30.0,
        "wind_m_s": 4.0,
        "visibility_m": 10000.0,
        "temperature_c": 12.0,
        "precipitation": 0.0,
    }


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ("ZHHH 260930Z 32010MPS 9999 12/05 Q1022", "wind 10.0 m/s, at most 8"),
        ("ZHHH 260930Z 32014G25KT 9999 12/05 Q1022", "gusts 12.9 m/s, at most 11"),
        ("ZHHH 260930Z 32004MPS 0800 FG VV001 03/03 Q1022", "visibility 800 m, at least 3000"),
        ("ZHHH 260930Z 32004MPS 0800 FG VV001 03/03 Q1022", "cloud base 30 m, at least 90"),
        ("ZHHH 260930Z 32004MPS 9999 OVC002 12/05 Q1022", "cloud base 61 m, at least 90"),
        ("ZHHH 260930Z 32004MPS 9999 M14/M16 Q1032", "temperature -14 °C, at least -10"),
        ("ZHHH 260930Z 32004MPS 9999 RA 12/05 Q1012", "moderate precipitation, light is flown in"),
        ("ZHHH 260930Z 32004MPS 9999 VCTS SCT040CB 22/18 Q1008", "thunderstorm in the vicinity"),
        ("ZHHH 260930Z 32004MPS 5000 -FZRA 00/M01 Q1012", "freezing rain or drizzle"),
        ("ZHHH 260730Z 32004MPS 9999 12/05 Q1022", "the report is 150 min old, at most 90 are believed"),
        ("ZHHH 260930Z /////KT 9999 12/05 Q1022", "no wind in the report"),
        ("ZHHH 260930Z 32004MPS 9999 WHAT/IS 12/05", "cannot be understood"),
        ("ZHHH 329999Z 32004MPS 9999 12/05 Q1022", "its time is none"),
        ("nothing of the kind", "holds no METAR"),
        ("TAF ZHHH 260505Z 2606/2712 32004MPS 9999 FEW030", "holds no METAR"),
        ("", "holds no METAR"),
    ],
)
def test_what_keeps_the_gate_closed_is_told_with_its_figure(report: str, why: str) -> None:
    is_open, text, _ = verdict(report)
    assert not is_open
    assert why in text


def test_the_newest_report_of_the_station_counts() -> None:
    text = "2026/11/26 09:30\nZHHH 260900Z 32012MPS 9999 12/05 Q1022\nZBAA 260955Z 32015MPS 9999 02/M05 Q1031\n" + FINE
    found = newest(text, now_utc_s=NOW_S, station="ZHHH")
    assert isinstance(found, WeatherReport)
    assert found.wind_m_s == 4.0
    assert verdict(text, station="ZHHH")[0]
    assert not verdict(text)[0], "the newest of any"
    assert "of ZSSS" in verdict(text, station="ZSSS")[1]


def test_a_report_of_the_months_last_day_read_on_its_first_is_of_last_month() -> None:
    now_s = dt.datetime(2026, 12, 1, 0, 10, tzinfo=dt.UTC).timestamp()
    found = newest("ZHHH 302330Z 32004MPS 9999 12/05 Q1022", now_utc_s=now_s)
    assert isinstance(found, WeatherReport)
    assert found.observed_utc_s == now_s - 2400.0


def test_no_source_keeps_the_gate_closed_and_none_opens_it() -> None:
    closed = judge(weather_source(None), LIMITS, plan(), now_utc_s=NOW_S)
    assert (closed.open, "--weather" in closed.text) == (False, True)
    assert judge(weather_source("none"), LIMITS, plan(), now_utc_s=NOW_S).open


def test_files_and_addresses_are_read_and_their_absence_closes_the_gate(tmp_path: Path) -> None:
    file = tmp_path / "metar.txt"
    source = weather_source(str(file))
    assert not judge(source, LIMITS, plan(), now_utc_s=NOW_S).open
    file.write_text(FINE)
    assert judge(source, LIMITS, plan(), now_utc_s=NOW_S).open

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/ZHHH.TXT" else 404)
            self.end_headers()
            self.wfile.write(FINE.encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        here = judge(weather_source(f"{base}/ZHHH.TXT"), LIMITS, plan(), now_utc_s=NOW_S)
        away = judge(weather_source(f"{base}/other"), LIMITS, plan(), now_utc_s=NOW_S)
        server.shutdown()
        thread.join()
    assert here.open
    assert (away.open, "404" in away.text) == (False, True)


@given(st.text(max_size=200) | st.text(alphabet="METARZHKT0123456789/ GMPSQ=+-VCBKN\n", max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = newest("ZHHH 260930Z " + text, now_utc_s=NOW_S)
    assert found is None or isinstance(found, WeatherReport | Unreadable)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("zone: Asia/Wuhan\npatrols: [{name: a, plan: p.json, at: ['06:30']}]\n", 1, "no time zone 'Asia/Wuhan'"),
        ("patrols:\n  - name: a\n    plan: p.json\n    at: ['6:30']\n", 4, "String should match"),
        ("patrols:\n  - name: a\n    plan: p.json\n    at: ['06:30']\n    dais: [mon]\n", 5, "did you mean days?"),
        ("patrols:\n  - {name: a, plan: none.json, at: ['06:30']}\n", None, "no file none.json"),
        ("patrols:\n" + 2 * "  - {name: a, plan: p.json, at: ['06:30']}\n", 1, "2 patrols are called 'a'"),
        ("- a\n", 1, "is not a mapping"),
    ],
)
def test_a_wrong_timetable_is_refused_with_its_line(tmp_path: Path, text: str, line: int | None, what: str) -> None:
    (tmp_path / "p.json").write_text("{}")
    file = tmp_path / "timetable.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=what.replace("?", r"\?")) as refused:
        load_timetable(file)
    assert refused.value.line == line
