"""The address of a page as a QR code."""

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.link import BORDER, qr_code

HOST = "https://lab.example.org/margin?"


@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789_=&%+.-", min_size=1, max_size=300),
)
@settings(max_examples=10, deadline=None)
def test_another_reader_finds_the_address_in_it(wishes: str) -> None:
    found, _, _ = cv2.QRCodeDetector().detectAndDecode(qr_code(HOST + wishes))
    assert found == HOST + wishes


def test_it_is_black_on_white_with_a_border() -> None:
    code = qr_code(HOST)
    assert set(code.ravel()) == {0, 255}
    assert code.shape[0] == code.shape[1]
    edge = 10 * BORDER
    assert code[:edge].min() == code[:, :edge].min() == code[-edge:].min() == 255


def test_what_is_too_long_for_a_code_is_said() -> None:
    with pytest.raises(ValueError, match=r"5,?000 letters"):
        qr_code("a" * 5000)
