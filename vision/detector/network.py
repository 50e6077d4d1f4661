"""The network: an encoder down to stride 32, a decoder back up to stride 4, one head per grid."""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from vision.detector.blocks import ConvUnit, DenseBlock, WideBlock, doubled, normalised
from vision.detector.classes import KINDS

ARCHITECTURE_VERSION: Final = 2
"""Raised whenever weights of before no longer fit."""

OUTPUTS: Final = len(KINDS) + 4
"""Per cell: a logit for each kind, then the logarithms of the distances left, up, right, down."""

_PRIOR: Final = 0.01
"""Score of an untrained cell (Lin et al. 2017): training does not start by unlearning a million false objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Channels at strides 4, 8, 16 and 32 and in the decoder, and how many blocks stand at each stride."""

    s4: int
    s8: int
    s16: int
    s32: int
    decoder: int
    dense8: int
    dense16: int
    wide16: int
    wide32: int
    dense_up4: int


SIZES: Final = {
    "nano": Shape(s4=32, s8=64, s16=128, s32=192, decoder=96, dense8=3, dense16=1, wide16=3, wide32=3, dense_up4=2),
    "small": Shape(s4=48, s8=96, s16=192, s32=320, decoder=128, dense8=4, dense16=2, wide16=4, wide32=4, dense_up4=3),
}


class DetectorNet(nn.Module):
    """Anchor-free detector for small objects.

    A patch stem goes straight to stride 4, because full-resolution layers cost most and see least. Dense 3x3
    convolutions work where small objects live (strides 4 and 8); wide depthwise ones give the view that
    plumes of smoke need (strides 16 and 32: the receptive field is over 700 px).
    """

    def __init__(self, size: str = "nano") -> None:
        super().__init__()
        w = SIZES[size]
        self.stem = ConvUnit(3, w.s4, kernel=8, stride=4)
        self.stage4 = DenseBlock(w.s4)
        self.stage8 = nn.Sequential(ConvUnit(w.s4, w.s8, stride=2), *(DenseBlock(w.s8) for _ in range(w.dense8)))
        self.stage16 = nn.Sequential(
            ConvUnit(w.s8, w.s8, stride=2),
            ConvUnit(w.s8, w.s16, kernel=1),
            *(DenseBlock(w.s16) for _ in range(w.dense16)),
            *(WideBlock(w.s16) for _ in range(w.wide16)),
        )
        self.stage32 = nn.Sequential(
            ConvUnit(w.s16, w.s16, stride=2, groups=w.s16),
            ConvUnit(w.s16, w.s32, kernel=1),
            *(WideBlock(w.s32, dilation=min(3, 1 + number)) for number in range(w.wide32)),
        )
        self.lateral32 = nn.Conv2d(w.s32, w.decoder, 1)
        self.lateral16 = nn.Conv2d(w.s16, w.decoder, 1)
        self.lateral8 = nn.Conv2d(w.s8, w.decoder, 1)
        self.up16 = WideBlock(w.decoder)
        self.up8 = WideBlock(w.decoder)
        self.narrow4 = nn.Conv2d(w.decoder, w.s4, 1)
        self.up4 = nn.Sequential(*(DenseBlock(w.s4) for _ in range(w.dense_up4)))
        self.fine = nn.Conv2d(w.s4, OUTPUTS, 1)
        self.coarse = nn.Sequential(WideBlock(w.decoder), nn.Conv2d(w.decoder, OUTPUTS, 1))
        self._expect_nothing()

    def _expect_nothing(self) -> None:
        for head in (self.fine, self.coarse[1]):
            assert isinstance(head, nn.Conv2d)
            assert head.bias is not None
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            nn.init.constant_(head.bias[: len(KINDS)], -math.log((1 - _PRIOR) / _PRIOR))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the raw outputs, (B, OUTPUTS, H / stride, W / stride), of the fine and the coarse grid.

        `image` is (B, 3, H, W), normalised; H and W are multiples of 32.
        """
        at4 = self.stage4(self.stem(image))
        at8 = self.stage8(at4)
        at16 = self.stage16(at8)
        at32 = self.stage32(at16)
        up16 = self.up16(self.lateral16(at16) + doubled(self.lateral32(at32)))
        up8 = self.up8(self.lateral8(at8) + doubled(up16))
        up4 = self.up4(at4 + doubled(self.narrow4(up8)))
        return self.fine(up4), self.coarse(up16)


class DeployedNet(nn.Module):
    """What a runtime runs: a (1, H, W, 3) uint8 BGR picture in, scores and log distances out."""

    def __init__(self, network: DetectorNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return (1, OUTPUTS, h, w) per grid: scores 0..1 first, then log distances."""
        # Normalised before its axes are turned: the runtime then never has to turn them back, 4 % of the whole.
        fine, coarse = self.network(normalised(image).permute(0, 3, 1, 2))
        return self._scored(fine), self._scored(coarse)

    @staticmethod
    def _scored(raw: Tensor) -> Tensor:
        kinds = len(KINDS)
        return torch.cat([raw[:, :kinds].sigmoid(), raw[:, kinds:]], dim=1)
