"""What is packed is what others unpack."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from nnrun.report.pictures.packing import packed


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 7), (300, 400)])
def test_others_read_the_same_pixels(height, width):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)

    with Image.open(BytesIO(packed(pixels, 120))) as read:
        np.testing.assert_array_equal(np.asarray(read), pixels)
        assert read.mode == "RGB"
        assert read.info["dpi"] == pytest.approx((120, 120), abs=0.02)


def test_a_part_of_wider_pixels_is_packed_as_it_stands():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)

    assert packed(pixels[..., :3], 120) == packed(pixels[..., :3].copy(), 120)
