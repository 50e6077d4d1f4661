"""The power curve of an airframe against hand calculation."""

import numpy as np
import pytest

from missions.hardware import load_airframe

QUAD = load_airframe("quad-5kg")


def test_power_is_hover_at_rest_and_cruise_at_cruise_speed() -> None:
    assert QUAD.level_power_w(0.0) == pytest.approx(QUAD.hover_w)
    assert QUAD.level_power_w(QUAD.cruise_m_s) == pytest.approx(QUAD.cruise_w)
    assert QUAD.level_power_w(2 * QUAD.cruise_m_s) == pytest.approx(QUAD.cruise_w * (2 + 8) / 3)


def test_power_of_many_airspeeds_is_the_power_of_each() -> None:
    airspeeds = np.linspace(0.0, QUAD.max_airspeed_m_s, 37)
    one_by_one = [QUAD.level_power_w(float(airspeed)) for airspeed in airspeeds]
    np.testing.assert_allclose(QUAD.level_power_w(airspeeds), one_by_one, rtol=1e-14)
