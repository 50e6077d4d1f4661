import json
from pathlib import Path

import av
import pytest
import typer
from typer.testing import CliRunner
from vision_streams import Flight, transport_stream, write_stream

from missions.errors import InputError
from patrol.commands.watch import watch

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(watch)


def test_a_recorded_video_is_summed_up_and_a_copy_drawn(tmp_path: Path) -> None:
    file = write_stream(tmp_path / "a.ts", transport_stream(Flight(), 3.0))
    drawn = tmp_path / "drawn.mp4"
    result = CliRunner().invoke(app, [str(file), "--json", "--annotate", str(drawn)], catch_exceptions=False)
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["frames"] == 30
    assert told["looked"] == 15
    assert told["seconds"] == pytest.approx(2.8)
    assert told["positions"] == "positions in 100 % of the pictures"
    with av.open(str(drawn)) as video:
        assert video.streams.video[0].codec_context.name == "h264"
        times = [frame.time for frame in video.decode(video=0)]
    assert times == pytest.approx([n / 10 for n in range(30)], abs=0.002)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["nowhere.mp4"], "no such video", id="no video"),
        pytest.param(["{video}", "--telemetry", "flight.csv"], "not understood", id="other telemetry"),
        pytest.param(["{video}", "--telemetry", "nowhere.srt"], "no such file", id="no sidecar"),
        pytest.param(["{video}", "--detector", "no-such-detector"], "no-such-detector", id="no weights"),
        pytest.param(["{video}", "{video}", "--annotate", "x.mp4"], "is of one stream, and 2 are", id="two drawn"),
        pytest.param(["{video}", "nowhere.mp4"], "nowhere.mp4: no such video", id="second missing"),
        pytest.param(["{video}", "--tiles", "7"], "'7' is not a way to cut a picture", id="no such tiles"),
        pytest.param(["{video}", "--runtime", "openvino:int8"], "has no int8 form here", id="never quantised"),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    file = write_stream(tmp_path / "a.ts", transport_stream(Flight(), 1.0, klv=False))
    given = [argument.format(video=file) for argument in arguments]
    with pytest.raises(InputError, match=says) as refused:
        CliRunner().invoke(app, given, catch_exceptions=False)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [file]


def test_two_streams_at_once_show_what_each_shows_alone(tmp_path: Path) -> None:
    files = [write_stream(tmp_path / f"{name}.ts", transport_stream(Flight(), length_s)) for name, length_s in
             (("a", 2.0), ("b", 1.0))]  # fmt: skip
    given = [str(file) for file in files]
    both = json.loads(CliRunner().invoke(app, [*given, "--json"], catch_exceptions=False).stdout)["streams"]
    alone = [json.loads(CliRunner().invoke(app, [one, "--json"], catch_exceptions=False).stdout) for one in given]
    assert [one["source"] for one in both] == given
    for together, single in zip(both, alone, strict=True):
        for key in ("frames", "looked", "detections", "tracks", "positions", "seconds", "ended"):
            assert together[key] == single[key]


def test_a_stream_that_fails_ends_the_others_in_one_line(tmp_path: Path) -> None:
    file = write_stream(tmp_path / "a.ts", transport_stream(Flight(), 30.0, klv=False))
    (tmp_path / "b.ts").write_bytes(b"not a video" * 100)
    with pytest.raises(InputError, match=r"b\.ts: not a video"):
        CliRunner().invoke(app, [str(file), str(tmp_path / "b.ts"), "--detect-hz", "1"], catch_exceptions=False)
