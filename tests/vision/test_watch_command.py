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
