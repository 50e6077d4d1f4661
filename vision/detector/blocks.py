"""Bricks of the network: cheap to train in bf16 on a CPU, fused by the runtime into plain convolutions."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ConvUnit(nn.Sequential):
    """Convolution, batch norm, ReLU; halves the picture where `stride` is 2."""

    def __init__(self, taken: int, given: int, *, kernel: int = 3, stride: int = 1, groups: int = 1) -> None:
        padding = (kernel - stride) // 2 if kernel % 2 == 0 else kernel // 2
        super().__init__(
            nn.Conv2d(taken, given, kernel, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(given),
            nn.ReLU(inplace=True),
        )


class DenseBlock(nn.Module):
    """A 3x3 convolution over all channels beside a shortcut: shapes of small objects."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        return functional.relu(features + self.norm(self.conv(features)))


class WideBlock(nn.Module):
    """A 5x5 depthwise convolution, dilated, then 1x1: a wide view for few parameters."""

    def __init__(self, channels: int, *, dilation: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            channels, channels, 5, padding=2 * dilation, dilation=dilation, groups=channels, bias=False
        )
        self.depthwise_norm = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        seen = self.depthwise_norm(self.depthwise(features))
        return functional.relu(features + self.pointwise_norm(self.pointwise(seen)))


def doubled(features: Tensor) -> Tensor:
    """Return features at twice the width and height."""
    grown: Tensor = functional.interpolate(features, scale_factor=2.0, mode="nearest")
    return grown


def normalised(image: Tensor) -> Tensor:
    """Turn 0..255 BGR pictures into the network's input, about zero mean and unit spread."""
    return (image.to(torch.float32) - 114.0) / 64.0
