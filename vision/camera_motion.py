"""How the picture moved between two looked-at pictures: needed before association and before any "is it stopped?"."""

import cv2
import numpy as np
from numpy.typing import NDArray

Affine = NDArray[np.float32]  # (2, 3), current from previous, full-size pixels

WORK_WIDTH_PX = 320
MAX_CORNERS = 200
MIN_MATCHES = 12


class CameraMotion:
    """Estimates the affine motion of the background by sparse optical flow on a small picture.

    Boxes of the previous picture are masked out of the registration. Takes the place of `trackers`' own estimator,
    which works on more and unmasked points and costs several times as much.
    """

    def __init__(self) -> None:
        self._previous: NDArray[np.uint8] | None = None
        self._masked: NDArray[np.float64] = np.zeros((0, 4))
        self.sure = True
        """False when the last picture had too little texture to say: then no speed may be claimed from pixels."""
        self.latest: Affine = np.eye(2, 3, dtype=np.float32)

    def estimate(self, frame_bgr: NDArray[np.uint8], boxes_px: NDArray[np.float64] | None = None) -> Affine:
        """Return the (2, 3) motion from the previous picture to this one; identity where it cannot be told."""
        scale = max(1.0, frame_bgr.shape[1] / WORK_WIDTH_PX)
        size = (round(frame_bgr.shape[1] / scale), round(frame_bgr.shape[0] / scale))
        # Reduce first, then lose the colour: a quarter of the pixels to convert.
        reduced = cv2.resize(frame_bgr, size, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.cvtColor(reduced, cv2.COLOR_BGR2GRAY), np.uint8)
        motion = None
        if self._previous is not None and self._previous.shape == small.shape:
            motion = _flow(self._previous, small, self._masked / scale)
        self.sure = motion is not None or self._previous is None
        self._previous = small
        self._masked = np.zeros((0, 4)) if boxes_px is None else np.asarray(boxes_px, float).reshape(-1, 4)
        self.latest = np.eye(2, 3, dtype=np.float32) if motion is None else motion
        self.latest[:, 2] *= scale if motion is not None else 1.0
        return self.latest


def _flow(before: NDArray[np.uint8], after: NDArray[np.uint8], masked_px: NDArray[np.float64]) -> Affine | None:
    """Return the background's motion, None with fewer than `MIN_MATCHES` agreeing points."""
    mask = np.full(before.shape, 255, np.uint8)
    for x1, y1, x2, y2 in masked_px:
        mask[max(0, int(y1)) : int(y2) + 2, max(0, int(x1)) : int(x2) + 2] = 0
    corners = cv2.goodFeaturesToTrack(before, MAX_CORNERS, 0.01, 6, mask=mask, blockSize=3)
    if corners is None or len(corners) < MIN_MATCHES:
        return None
    start = np.asarray(corners, np.float32)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, after, start, start.copy(), winSize=(15, 15), maxLevel=3)
    keep = found.reshape(-1) == 1
    if keep.sum() < MIN_MATCHES:
        return None
    motion, agreeing = cv2.estimateAffine2D(
        corners[keep], moved[keep], method=cv2.RANSAC, ransacReprojThreshold=1.0, maxIters=300, confidence=0.99
    )
    if motion is None or int(agreeing.sum()) < max(MIN_MATCHES, 0.3 * keep.sum()):
        return None
    return np.asarray(motion, np.float32)
