import contextlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pymap3d
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import LocalFrame, PinholeCamera, enu_from_camera, ground_from_pixels
from missions import InputError, PoseError
from missions.formats import st0601
from missions.formats.st0601 import ITEMS, BadChecksumError, Klv, KlvError

PACKETS = "vision/clips/telemetry/misb_klv"

# The worked examples that the standard prints for each item, to the digits it prints.
STANDARDS_EXAMPLES = {
    "platform_heading_deg": 159.974365,
    "platform_pitch_deg": -0.431531724,
    "platform_roll_deg": 3.40586566,
    "sensor_lat_deg": 60.1768229669783,
    "sensor_lon_deg": 128.426759042045,
    "sensor_amsl_m": 14190.72,
    "hfov_deg": 144.571298,
    "vfov_deg": 152.643626,
    "sensor_azimuth_deg": 160.719211474396,
    "sensor_elevation_deg": -168.792324833941,
    "slant_range_m": 68590.9833,
    "frame_centre_lat_deg": -10.5423886331461,
    "frame_centre_lon_deg": 29.1578901229230,
    "frame_centre_amsl_m": 3216.037,
}


def _resolution(name: str) -> float:
    return max(item.resolution for item in ITEMS if item.name == name)


@pytest.mark.shared
def test_the_real_packet_with_a_right_checksum_says_the_standards_numbers(shared_data: Path) -> None:
    klv = st0601.decode((shared_data / PACKETS / "DynamicOnlyMISMMSPacketData.bin").read_bytes())
    for name, expected in STANDARDS_EXAMPLES.items():
        assert getattr(klv, name) == pytest.approx(expected, abs=_resolution(name)), name
    assert klv.sensor_roll_deg == 0.0
    assert klv.captured_utc_s == pytest.approx(1231798102.0)  # 2009-01-12 22:08:22 UTC, as the standard prints it
    assert klv.version == 6


@pytest.mark.shared
def test_the_real_packet_with_a_wrong_checksum_is_refused_and_readable_when_asked(shared_data: Path) -> None:
    data = (shared_data / PACKETS / "DynamicConstantMISMMSPacketData.bin").read_bytes()
    with pytest.raises(BadChecksumError) as caught:
        st0601.decode(data)
    assert (caught.value.written, caught.value.computed) == (0xAA43, 0x3E1E)
    klv = st0601.decode(data, verify=False)
    for name, expected in STANDARDS_EXAMPLES.items():
        assert getattr(klv, name) == pytest.approx(expected, abs=_resolution(name)), name
    assert klv.sensor_roll_deg == pytest.approx(176.865437690572, abs=1e-6)


@pytest.mark.shared
def test_the_real_packets_turn_into_a_pose_and_their_own_frame_centre_is_out_of_reach(shared_data: Path) -> None:
    """They are the standard's per-item examples: slant range 68.6 km, frame centre on another continent.

    No ray can meet both, so what is held against them is the composition of attitudes, by explicit NED matrices.
    """
    klv = st0601.decode((shared_data / PACKETS / "DynamicOnlyMISMMSPacketData.bin").read_bytes())
    pose = st0601.camera_pose(klv, PoseError())
    assert pose is not None
    assert pose.ground_amsl_m == klv.frame_centre_amsl_m
    body = _ned_matrix(STANDARDS_EXAMPLES, "platform_heading_deg", "platform_pitch_deg", "platform_roll_deg")
    sensor = _ned_matrix(STANDARDS_EXAMPLES, "sensor_azimuth_deg", "sensor_elevation_deg", None)
    north, east, down = body @ sensor @ np.array([1.0, 0.0, 0.0])
    rounding_deg = sum(_resolution(f"platform_{angle}_deg") for angle in ("heading", "pitch", "roll")) / 2
    assert pose.azimuth_deg == pytest.approx(math.degrees(math.atan2(east, north)) % 360, abs=rounding_deg)
    assert pose.pitch_deg == pytest.approx(-math.degrees(math.asin(down)), abs=rounding_deg)
    chord_m = float(
        np.linalg.norm(
            np.array(pymap3d.geodetic2ecef(klv.sensor_lat_deg, klv.sensor_lon_deg, klv.sensor_amsl_m))
            - np.array(pymap3d.geodetic2ecef(klv.frame_centre_lat_deg, klv.frame_centre_lon_deg, 3216.0))
        )
    )
    assert klv.slant_range_m is not None
    assert chord_m > 100 * klv.slant_range_m


def _ned_matrix(angles: dict[str, float], yaw: str, pitch: str, roll: str | None) -> np.ndarray:
    """The aerospace sequence written out: about down, then right, then forward."""
    y, p, r = (math.radians(angles[name]) if name else 0.0 for name in (yaw, pitch, roll))
    about_down = np.array([[math.cos(y), -math.sin(y), 0], [math.sin(y), math.cos(y), 0], [0, 0, 1]])
    about_right = np.array([[math.cos(p), 0, math.sin(p)], [0, 1, 0], [-math.sin(p), 0, math.cos(p)]])
    about_forward = np.array([[1, 0, 0], [0, math.cos(r), -math.sin(r)], [0, math.sin(r), math.cos(r)]])
    matrix: np.ndarray = about_down @ about_right @ about_forward
    return matrix


angle = st.floats(-180, 180)
small = st.floats(-35, 35)


@given(platform=st.tuples(angle, small, small), sensor=st.tuples(angle, st.floats(-89, 60), small))
def test_attitudes_compose_as_the_aerospace_sequence(
    platform: tuple[float, float, float], sensor: tuple[float, float, float]
) -> None:
    heading, pitch, roll = platform
    azimuth, elevation, tilt = sensor
    given_deg = {"h": heading, "p": pitch, "r": roll, "a": azimuth, "e": elevation, "t": tilt}
    ned = _ned_matrix(given_deg, "h", "p", "r") @ _ned_matrix(given_deg, "a", "e", "t")
    ours = st0601.absolute_angles(platform_deg=(heading, pitch, roll), sensor_deg=(azimuth, elevation, tilt))
    enu = enu_from_camera(azimuth_deg=ours[0], pitch_deg=ours[1], roll_deg=ours[2])
    enu_from_ned = np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1]])
    forward_right_down = np.column_stack([enu[:, 2], enu[:, 0], enu[:, 1]])
    np.testing.assert_allclose(forward_right_down, enu_from_ned @ ned, atol=1e-7)
    back = st0601.relative_angles(platform_deg=(heading, pitch, roll), camera_deg=ours)
    again = st0601.absolute_angles(platform_deg=(heading, pitch, roll), sensor_deg=back)
    turn = enu_from_camera(azimuth_deg=again[0], pitch_deg=again[1], roll_deg=again[2])
    np.testing.assert_allclose(turn, enu, atol=1e-7)


@given(
    azimuth=st.floats(0, 360),
    pitch=st.floats(-90, -25),
    heading=angle,
    body_pitch=st.floats(-30, 30),
    height=st.floats(30, 300),
)
def test_the_ray_of_a_packet_meets_its_frame_centre_and_slant_range_within_rounding(
    azimuth: float, pitch: float, heading: float, body_pitch: float, height: float
) -> None:
    home = LocalFrame(lat_deg=30.457, lon_deg=114.414, alt_m=32.0)
    platform = (heading, body_pitch, 5.0)
    relative = st0601.relative_angles(platform_deg=platform, camera_deg=(azimuth, pitch, 0.0))
    reach_m = height / math.tan(math.radians(-pitch)) if pitch > -90 else 0.0
    # Where the ray meets the plane, found by trigonometry and not by our ray casting.
    centre_m = [reach_m * math.sin(math.radians(azimuth)), reach_m * math.cos(math.radians(azimuth)), 0.0]
    lat, lon, _ = home.enu_to_geodetic([centre_m])[0]
    klv = st0601.decode(
        st0601.encode(
            Klv(
                captured_utc_s=1_780_000_000.1,
                platform_heading_deg=platform[0],
                platform_pitch_deg=platform[1],
                platform_roll_deg=platform[2],
                sensor_lat_deg=home.lat_deg,
                sensor_lon_deg=home.lon_deg,
                sensor_amsl_m=32.0 + height,
                hfov_deg=70.0,
                sensor_azimuth_deg=relative[0],
                sensor_elevation_deg=relative[1],
                sensor_roll_deg=relative[2],
                slant_range_m=math.hypot(reach_m, height),
                frame_centre_lat_deg=lat,
                frame_centre_lon_deg=lon,
                frame_centre_amsl_m=32.0,
            )
        )
    )
    pose = st0601.camera_pose(klv, PoseError())
    assert pose is not None
    camera = PinholeCamera.from_hfov(width_px=1280, height_px=720, hfov_deg=70.0)
    hit = ground_from_pixels(
        np.array([camera.centre_px]),
        camera,
        origin_enu_m=np.array([0.0, 0.0, pose.amsl_m - pose.ground_amsl_m]),
        azimuth_deg=pose.azimuth_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    )
    assert (st0601.contradiction_deg(klv, pose) or 0.0) < 0.6  # from 30 m, 0.15 m of height are 0.3 degrees
    slant_m = math.hypot(reach_m, height)
    # Heights are rounded to 0.15 m each, the platform's angles to at most 0.003 degrees each.
    slope = slant_m / height
    rounding_m = (2 * 0.152) * slope + slope * slant_m * math.radians(3 * 0.003)
    assert np.linalg.norm(hit.points_enu_m[0, :2] - centre_m[:2]) < rounding_m
    assert klv.slant_range_m is not None
    assert hit.slant_range_m[0] == pytest.approx(klv.slant_range_m, abs=rounding_m)


def test_absolute_angles_where_relative_ones_belong_contradict_the_frame_centre() -> None:
    """As in a well-known real flight, whose writer puts the true bearing into item 18."""
    klv = Klv(
        captured_utc_s=1.0,
        platform_heading_deg=90.0,
        platform_pitch_deg=3.0,
        platform_roll_deg=0.0,
        sensor_lat_deg=0.0,
        sensor_lon_deg=0.0,
        sensor_amsl_m=1000.0,
        sensor_azimuth_deg=200.0,
        sensor_elevation_deg=-45.0,
        frame_centre_lat_deg=-0.0085,
        frame_centre_lon_deg=-0.0031,
        frame_centre_amsl_m=0.0,
    )
    pose = st0601.camera_pose(klv, PoseError())
    assert pose is not None
    assert (st0601.contradiction_deg(klv, pose) or 0.0) > 40.0
    right = replace(klv, sensor_azimuth_deg=110.0, platform_pitch_deg=0.0)
    pose = st0601.camera_pose(right, PoseError())
    assert pose is not None
    assert (st0601.contradiction_deg(right, pose) or 99.0) < 1.0


def test_a_pose_needs_time_place_angles_and_ground() -> None:
    whole = Klv(
        captured_utc_s=1.0,
        platform_heading_deg=0.0,
        platform_pitch_deg=0.0,
        platform_roll_deg=0.0,
        sensor_lat_deg=1.0,
        sensor_lon_deg=2.0,
        sensor_amsl_m=100.0,
        sensor_azimuth_deg=0.0,
        sensor_elevation_deg=-90.0,
        slant_range_m=60.0,
    )
    pose = st0601.camera_pose(whole, PoseError())
    assert pose is not None
    assert pose.ground_amsl_m == pytest.approx(40.0)
    assert st0601.camera_pose(Klv(captured_utc_s=1.0), PoseError()) is None


def test_the_wind_is_read_as_the_standards_examples_say() -> None:
    body = bytes.fromhex("2302a7c4 2401b2 0102")
    head = st0601.UAS_LOCAL_SET_KEY + bytes([len(body) + 2]) + body
    klv = st0601.decode(head + st0601.checksum(head).to_bytes(2, "big"))
    wind = st0601.wind_of(klv)
    assert (klv.wind_from_deg, klv.wind_speed_m_s) == pytest.approx((235.924010, 69.8039216), abs=1e-5)
    assert wind is not None
    assert wind.speed_m_s == 30.0  # as much as a mission may say
    assert st0601.wind_of(Klv(wind_speed_m_s=3.0)) is None


values = (
    {
        "captured_utc_s": st.floats(0, 4e9),
        "event_start_utc_s": st.floats(0, 4e9),
        "version": st.integers(0, 255),
    }
    | {
        item.name: st.floats(item.low, item.high, exclude_max=item.wraps)
        for item in reversed(ITEMS)
        if item.tag not in (90, 91)
    }
    | {"platform_pitch_deg": st.floats(-90, 90), "platform_roll_deg": st.floats(-90, 90)}
)


@given(packet=st.builds(Klv, **{name: st.none() | value for name, value in values.items()}))
def test_a_packet_comes_back_within_each_items_resolution(packet: Klv) -> None:
    back = st0601.decode(st0601.encode(packet))
    for name in values:
        sent, got = getattr(packet, name), getattr(back, name)
        if sent is None:
            assert got == (st0601.VERSION if name == "version" else None)
        elif name.endswith("utc_s"):
            assert got == pytest.approx(sent, abs=1e-6)
        elif name == "version":
            assert got == sent
        else:
            assert abs(got - sent) <= _resolution(name) / 2 * 1.0001, name


@given(noise=st.binary(max_size=300), keyed=st.booleans(), verify=st.booleans())
def test_random_bytes_give_a_packet_or_one_typed_error(noise: bytes, *, keyed: bool, verify: bool) -> None:
    data = (st0601.UAS_LOCAL_SET_KEY if keyed else b"") + noise
    with contextlib.suppress(KlvError):
        assert isinstance(st0601.decode(data, verify=verify), Klv)
    assert issubclass(KlvError, InputError)


@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_one_damaged_byte_is_noticed(at: int, flip: int) -> None:
    data = bytearray(st0601.encode(Klv(captured_utc_s=5.0, sensor_lat_deg=3.0, hfov_deg=70.0)))
    data[at % len(data)] ^= flip
    with pytest.raises(KlvError):
        st0601.decode(bytes(data))


def test_a_packet_longer_than_127_bytes_has_a_long_length_and_unknown_items_are_skipped() -> None:
    unknown = b"\x81\x10" + b"\x82\x00\xc8" + bytes(200)  # tag 144, 200 bytes, both in their long forms
    plain = st0601.encode(Klv(sensor_lat_deg=12.5))
    items = unknown + plain[17:-4]
    head = plain[:16] + b"\x81" + bytes([len(items) + 4]) + items + b"\x01\x02"
    data = b"\x00\x00\xff" + head + st0601.checksum(head).to_bytes(2, "big") + b"padding"
    assert st0601.decode(data).sensor_lat_deg == pytest.approx(12.5, abs=1e-7)


def test_the_error_indicator_and_an_empty_item_mean_not_known() -> None:
    head = st0601.UAS_LOCAL_SET_KEY + bytes([4 + 6 + 2 + 4])
    items = b"\x06\x02\x80\x00" + b"\x0d\x04\x80\x00\x00\x00" + b"\x05\x00"
    data = head + items + b"\x01\x02"
    klv = st0601.decode(data + st0601.checksum(data).to_bytes(2, "big"))
    assert klv == Klv()


def test_what_does_not_fit_an_item_is_not_written() -> None:
    with pytest.raises(ValueError, match="sensor_amsl_m 20000"):
        st0601.encode(Klv(sensor_amsl_m=20000.0))
