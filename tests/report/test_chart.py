"""Charts: ticks that people would choose, and every point where it belongs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ftcli.report.chart import HEIGHT, WIDTH, Axis, Band, Chart, Series, draw


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.31, 1.62], ["0.0", "0.5", "1.0", "1.5", "2.0"]),
        ([0.52, 0.86], ["0.5", "0.6", "0.7", "0.8", "0.9"]),
        ([0.5, 0.5], ["0.5", "0.6"]),
        ([0.52, 1.6], ["0.50", "0.75", "1.00", "1.25", "1.50", "1.75"]),
        ([0.0, 12.0], ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]),
        ([0.0, 0.0], ["0.0", "0.2"]),
        ([0, 1e-3], ["0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"]),
        ([-3.0, 4.0], ["-4", "-2", "0", "2", "4"]),
        ([1200.0, 5100.0], ["1,000", "2,000", "3,000", "4,000", "5,000", "6,000"]),
        ([0.002, 4.0], ["0.001", "0.01", "0.1", "1", "10"]),
        ([2e-6, 8e-4], ["1e-6", "1e-5", "1e-4", "1e-3"]),
    ],
)
def test_ticks(values: list[float], labels: list[str]) -> None:
    axis = Axis(values, 0, 100)
    assert [axis.label(tick) for tick in axis.ticks] == labels
    assert axis(axis.ticks[0]) == pytest.approx(0)
    assert axis(axis.ticks[-1]) == pytest.approx(100)


@pytest.mark.parametrize(("last", "labels"), [(1, "01"), (3, "0123"), (20, ["0", "5", "10", "15", "20"])])
def test_epochs_are_whole(last: int, labels: list[str]) -> None:
    axis = Axis([0, last], 0, 100, whole=True, zoom=False)
    assert [axis.label(tick) for tick in axis.ticks] == list(labels)
    assert axis(last) == 100


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1.0, 123.0, 1e7, 1e250])
def test_any_size_has_a_few_ticks(size: float) -> None:
    axis = Axis([0.3 * size, 0.9 * size], 0, 1)
    assert 3 <= len(axis.ticks) <= 12
    assert len({axis.label(tick) for tick in axis.ticks}) == len(axis.ticks)


def chart() -> Chart:
    points = [(1.0, 0.5), (2.0, 0.75), (3.0, 1.0)]
    bands = (Band("head", 0, 1), Band("all <b>blocks</b>", 1, 3))
    return Chart(
        "accuracy <i>", "epoch", [Series("train", points, 1), Series("val", points, 0)], bands, (2.0, "best")
    )


def test_points_lie_where_they_belong_and_names_are_escaped() -> None:
    drawn = draw(chart())
    root = ElementTree.fromstring(drawn)
    lines = [one for one in root.iter() if one.tag == "polyline"]
    places = [tuple(map(float, place.split(","))) for place in lines[0].get("points", "").split()]
    assert [x for x, _ in places] == pytest.approx([186, 318, 450])
    assert [y for _, y in places] == pytest.approx([240, 153, 66])
    titles = [one.text for one in root.iter("title")]
    assert "val: 0.7500 at epoch 2" in titles
    assert "all <b>blocks</b>" in titles
    assert next(one for one in root.iter("line") if one.get("class") == "mark").get("x1") == "318.0"
    assert "best" in [one.text for one in root.iter("text")]
    numbers = [float(found) for found in re.findall(r' (?:x|x1|x2|cx|y|y1|y2|cy)="([^"]+)"', drawn)]
    assert min(numbers) >= 0
    assert max(numbers) <= max(WIDTH, HEIGHT)


def test_x_goes_from_0_to_where_it_is_told() -> None:
    drawn = draw(Chart("lr", "epoch", [Series("lr", [(3.0, 1.0), (4.0, 2.0)], 1)], until=8.0))
    assert 'points="202.5,240.0 252.0,66.0"' in drawn


def test_a_long_curve_has_no_dots() -> None:
    long = Chart("loss", "epoch", [Series("train", [(float(x), 1.0 + x) for x in range(400)], 1)])
    assert "<circle" not in draw(long)
    assert len(draw(long)) < 8_000


@pytest.mark.parametrize("values", [[5e-324], [5e-324, 1e299], [-5e-324, 0.0], [1e-310, 3e-310]])
def test_numbers_at_the_end_of_floating_point_are_drawn(values: list[float]) -> None:
    points = [(float(index), value) for index, value in enumerate(values)]
    for from_zero in (False, True):
        assert "<svg" in draw(Chart("loss", "epoch", [Series("loss", points, 0)], from_zero=from_zero))


def test_a_band_alone_is_filled_and_the_last_power_is_within_the_chart() -> None:
    points = [(1e-6, 1.0), (1e-3, 2.0)]
    drawn = draw(
        Chart("loss", "rate", [Series("sweep", points, 1)], (Band("bracket", 1e-5, 1e-4),), powers=True)
    )
    assert 'class="band even"' in drawn
    last = next(one for one in ElementTree.fromstring(drawn).iter("text") if one.text == "1e-3")
    assert float(last.get("x", "")) + len("1e-3") * 3.3 <= WIDTH
