"""Names in the funnel: none covers another one or leaves the drawing."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.web.funnel_chart import _LETTER, _labels

DOTS = st.lists(
    st.builds(
        lambda size, index, name: {"size": size, "index": index, "outside": True, "name": name},
        st.floats(20, 900), st.floats(50, 100), st.text("ăêưxy ", min_size=5, max_size=30),
    ),
    max_size=25,
)  # fmt: skip


@given(DOTS)
def test_no_name_covers_another_one_or_leaves_the_drawing(dots: list[dict[str, object]]) -> None:
    boxes = []
    for label in _labels(dots, (10, 1000), 40, 330, 250):
        length = _LETTER * len(label["name"])
        left = label["x"] - length if label["right"] else label["x"]
        boxes.append((left, left + length, label["y"]))
        assert left >= -0.01
        assert left + length <= 330.01
    for (left, right, y), (other_left, other_right, other_y) in combinations(boxes, 2):
        assert right <= other_left + 0.01 or other_right <= left + 0.01 or abs(y - other_y) >= 13.99


def test_two_beside_each_other_are_both_named_and_who_lies_inside_is_not() -> None:
    dots = [{"size": size, "index": 60.0, "outside": size < 120, "name": f"UBND xã {size}"} for size in (100, 105, 400)]
    assert {label["name"] for label in _labels(dots, (10, 1000), 40, 330, 250)} == {"UBND xã 100", "UBND xã 105"}


@pytest.mark.parametrize(("size", "right"), [(20, False), (900, True)])
def test_a_name_ends_at_its_dot_where_the_drawing_ends(size: float, right: bool) -> None:
    (label,) = _labels([{"size": size, "index": 60.0, "outside": True, "name": "UBND xã Yên Sơn"}], (10, 1000), 40, 330, 250)
    assert label["right"] is right
