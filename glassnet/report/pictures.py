"""Samples as pictures, where the data are pictures.

Takes a data set of pictures, gives ``img`` elements; data card and mistakes call it.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib.image import imsave

from glassnet.data.dataset import Dataset
from glassnet.html import Html, element

__all__ = ["Pictures"]


class Pictures:
    """Turns samples of one data set into pictures of one scale of brightness.

    Parameters
    ----------
    data : Dataset
        With an ``image_shape``.
    """

    def __init__(self, data: Dataset) -> None:
        assert data.image_shape is not None
        self.shape = data.image_shape
        self.low, self.high = float(data.x.min()), float(data.x.max())
        # Strokes on an empty ground look right in ink on paper; photographs stay as they are.
        is_mostly_empty = float(data.x.mean()) < self.low + 0.45 * (self.high - self.low)
        self.colours = "gray_r" if is_mostly_empty else "gray"

    def picture(self, sample: np.ndarray, text: str) -> Html:
        """Return a sample as an image with a text that says what it is."""
        height, width, channels = self.shape
        pixels = sample.reshape(height, width, channels).astype(np.float64)
        stream = io.BytesIO()
        if channels == 1:
            imsave(
                stream, pixels[..., 0], vmin=self.low, vmax=self.high, cmap=self.colours,
                format="png",
            )  # fmt: skip
        else:
            scaled = (pixels - self.low) / max(self.high - self.low, 1e-30)
            imsave(stream, scaled, format="png")
        code = base64.b64encode(stream.getvalue()).decode()
        return element("img", src=f"data:image/png;base64,{code}", alt=text)
