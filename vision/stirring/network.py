"""The network: a handful of 3x3 convolutions at a quarter of the clip's size; 0.05 M parameters."""

from typing import Final

from torch import Tensor, nn

from vision.stirring.layers import CHANNELS

_RARE: Final = -4.0
"""Log-odds to begin with: smoke is rare."""


class StirringNet(nn.Module):
    """Layers (B, 8, H, W) to a map (B, H / 4, W / 4) of log-odds that smoke or fire stirs there."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(CHANNELS, 16, stride=2),
            _conv(16, 16),
            _conv(16, 32, stride=2),
            _conv(32, 32),
            _conv(32, 32, dilation=2),
            _conv(32, 32, dilation=4),
            _conv(32, 32),
        )
        self.head = nn.Conv2d(32, 1, 1)
        assert self.head.bias is not None
        nn.init.constant_(self.head.bias, _RARE)

    def forward(self, layers: Tensor) -> Tensor:
        """Return the map."""
        said: Tensor = self.head(self.body(layers))[:, 0]
        return said


def _conv(before: int, after: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(after), nn.SiLU()
    )
