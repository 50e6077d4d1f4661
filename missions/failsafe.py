"""What happens when something fails in flight: the operator's choice, from the mission file into the plan."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
)

from missions.section import Section, wrong


class FailsafeAction(StrEnum):
    """What is done when something fails."""

    CONTINUE = "continue"
    """Fly the mission on."""
    RETURN = "return"
    """Fly home at the return height and land."""
    SMART_RETURN = "smart_return"
    """Fly home the way it came; straight home where the vehicle does not remember it."""
    LAND = "land"
    """Land where it is."""
    HOLD = "hold"
    """Stop and stay in the air; land where the vehicle has no such mode."""
    REPORT = "report"
    """Fly the mission on, and tell the operator."""
    DISARM = "disarm"
    """Have it stop its motors; it refuses where it does not take itself for landed."""
    FORCE_DISARM = "force_disarm"
    """Have it stop its motors, whatever it takes itself for."""


def _in_plain_words(value: object, check: ValidatorFunctionWrapHandler) -> object:
    """Refuse what is no choice without the names of our code; the field's description tells the choices."""
    try:
        return check(value)
    except ValidationError as exc:
        raise ValueError("has to be one of this fault's actions") from exc


OnLinkLossAction = Annotated[
    Literal[
        FailsafeAction.CONTINUE,
        FailsafeAction.RETURN,
        FailsafeAction.SMART_RETURN,
        FailsafeAction.LAND,
        FailsafeAction.HOLD,
    ],
    WrapValidator(_in_plain_words),
]
"""No report: a vehicle that hears nobody has nobody to tell."""
OnBatteryAction = Annotated[
    Literal[FailsafeAction.REPORT, FailsafeAction.RETURN, FailsafeAction.SMART_RETURN, FailsafeAction.LAND],
    WrapValidator(_in_plain_words),
]
"""No hold: staying in the air only empties the battery."""
OnGpsLossAction = Annotated[
    Literal[FailsafeAction.REPORT, FailsafeAction.RETURN, FailsafeAction.LAND], WrapValidator(_in_plain_words)
]
"""No hold and no way back as it came: without a position there is neither; a return is by dead reckoning."""
OnFenceBreachAction = Annotated[
    Literal[
        FailsafeAction.REPORT,
        FailsafeAction.RETURN,
        FailsafeAction.SMART_RETURN,
        FailsafeAction.LAND,
        FailsafeAction.HOLD,
    ],
    WrapValidator(_in_plain_words),
]
OnVideoLossAction = Annotated[
    Literal[FailsafeAction.REPORT, FailsafeAction.HOLD, FailsafeAction.RETURN, FailsafeAction.LAND],
    WrapValidator(_in_plain_words),
]
"""Ordered by the ground station: the vehicle knows nothing of the video."""
OnTroubleAction = Annotated[
    Literal[FailsafeAction.REPORT, FailsafeAction.RETURN, FailsafeAction.LAND], WrapValidator(_in_plain_words)
]
"""Ordered by the ground station: the vehicle itself flies on until it is on the ground, or far away."""
OnGroundedAction = Annotated[
    Literal[FailsafeAction.REPORT, FailsafeAction.DISARM, FailsafeAction.FORCE_DISARM],
    WrapValidator(_in_plain_words),
]

_ADDED: Final = ("on_thrust_loss", "on_strong_wind", "on_grounded")
"""Fields that plans from before do not have: at their defaults they are not written, so that a plan keeps its hash."""


class FailsafePolicy(Section):
    """The mission file's `failsafes`, and what a plan carries of it; frozen, changed copies by `model_copy`."""

    on_link_loss: OnLinkLossAction = Field(
        FailsafeAction.RETURN, description="continue, return, smart_return, land or hold"
    )
    link_loss_after_s: float = Field(
        5.0,
        ge=2,
        le=120,
        description="Silence of the ground station after which it acts, seconds of the vehicle's time",
    )
    on_low_battery: OnBatteryAction = Field(FailsafeAction.RETURN, description="report, return, smart_return or land")
    low_battery_pct: float | None = Field(
        None, ge=1, le=95, description="Of the battery's capacity, percent; left out: worked out from the plan"
    )
    on_critical_battery: OnBatteryAction = Field(
        FailsafeAction.LAND, description="report, return, smart_return or land"
    )
    critical_battery_pct: float | None = Field(
        None, ge=1, le=95, description="Less than low_battery_pct, percent; left out: worked out from the plan"
    )
    on_gps_loss: OnGpsLossAction = Field(
        FailsafeAction.LAND, description="report, land or return; it returns by dead reckoning"
    )
    on_fence_breach: OnFenceBreachAction = Field(
        FailsafeAction.RETURN, description="report, return, smart_return, land or hold"
    )
    on_video_loss: OnVideoLossAction = Field(FailsafeAction.REPORT, description="report, hold, return or land")
    video_loss_after_s: float = Field(
        10.0, ge=1, le=600, description="Time without a picture after which it acts, seconds"
    )
    on_thrust_loss: OnTroubleAction = Field(
        FailsafeAction.LAND,
        description="report, return or land; once a motor gives too little thrust and the aircraft sinks",
    )
    on_strong_wind: OnTroubleAction = Field(
        FailsafeAction.LAND,
        description="report, return or land; once the wind carries it off though it leans as far as it may",
    )
    on_grounded: OnGroundedAction = Field(
        FailsafeAction.DISARM,
        description="report, disarm or force_disarm; once it stands on the ground and does not stop its motors",
    )
    resume_after_link_loss: bool = Field(
        default=True, description="Whether the mission is flown on once the link that was lost is back"
    )

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what plans from before do not have, where it says nothing new."""
        fields: dict[str, Any] = write(self)
        usual = {name: type(self).model_fields[name].default for name in _ADDED}
        return {name: value for name, value in fields.items() if name not in usual or value != usual[name]}

    @model_validator(mode="after")
    def _critical_is_below_low(self) -> "FailsafePolicy":
        low, critical = self.low_battery_pct, self.critical_battery_pct
        if low is not None and critical is not None and critical >= low:
            raise wrong("critical_battery_pct", f"{critical:g} is not below low_battery_pct {low:g}")
        return self
