"""Which charts there are, and the SVG file of them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from ftcli.report.curves import STYLE, charts, curves_svg
from ftcli.report.run import read_run
from tests.report.making import YAML, make_run, metric_lines


def test_one_run_has_losses_the_watched_figure_the_rate_and_the_time(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run"))
    found = charts([run])
    assert [chart.title for chart in found] == ["Loss", "accuracy, val", "Learning rate", "Seconds per epoch"]
    assert [one.label for one in found[0].series] == ["each step", "train", "val"]
    assert [(band.label, band.left, band.right) for band in found[1].bands] == [
        ("head", 0, 6),
        ("all blocks", 6, 20),
    ]
    assert found[1].mark == (17.0, "best: 17")
    assert found[1].series[0].points == run.history.epochs["val_accuracy"]


def test_where_the_loss_is_watched_it_is_drawn_once(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", summary=None, outcomes=None, experiment=YAML.replace("accuracy", "loss"))
    assert [chart.title for chart in charts([read_run(run)])] == [
        "Loss",
        "Learning rate",
        "Seconds per epoch",
    ]


def test_several_runs_share_axes_and_have_a_colour_each(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "a"), make_run(tmp_path / "b", metrics=metric_lines(9))
    found = charts([read_run(first), read_run(second)])
    assert [(one.label, one.colour) for one in found[1].series] == [("a", 0), ("b", 1)]
    assert [(one.label, one.colour, one.style) for one in found[0].series] == [
        ("", 0, "dashed"), ("a", 0, ""), ("", 1, "dashed"), ("b", 1, ""),
    ]  # fmt: skip
    assert not any(chart.bands or chart.mark for chart in found)


def test_before_the_first_epoch_the_loss_is_drawn_by_steps(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", summary=None, outcomes=None, metrics=metric_lines(1)[:5])
    (chart,) = charts([read_run(run)])
    assert (chart.title, chart.x_label, len(chart.series[0].points)) == ("Loss", "step", 5)


def test_the_file_is_whole_xml_with_all_charts(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run"))
    svg = curves_svg(run)
    assert svg is not None
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall("{http://www.w3.org/2000/svg}svg")) == 4
    assert svg == curves_svg(run)
    assert curves_svg(read_run(make_run(tmp_path / "other", metrics=[]))) is None


def test_every_colour_can_be_read_on_its_paper() -> None:
    """A contrast of at least 4.5, as WCAG 2.1 asks of texts, in light and in dark."""
    schemes = [dict(re.findall(r"--(\w+): #(\w{6})", part)) for part in STYLE.split("@media")]
    for scheme in schemes:
        assert len(scheme) == 11
        for name in ("ink", "soft", "c0", "c1", "c2", "c3", "c4", "c5"):
            assert contrast(scheme[name], scheme["paper"]) >= 4.5, name
        assert contrast(scheme["soft"], scheme["tint"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
