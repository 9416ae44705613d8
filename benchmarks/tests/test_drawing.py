from xml.etree import ElementTree

import pytest

from benchmarks.drawing import COLOURS, Axis, Chart, Line, decades, draw_sheet, round_steps

SVG = "{http://www.w3.org/2000/svg}"


def test_a_logarithmic_axis_gives_each_power_the_same_room() -> None:
    axis = Axis(1, 100, 0, 200, log=True)
    assert [axis.place(value) for value in (1, 10, 100)] == pytest.approx([0, 100, 200])


def test_marks_are_round() -> None:
    assert round_steps(0, 97) == [0, 20, 40, 60, 80]
    assert round_steps(0, 0.7) == pytest.approx([0, 0.2, 0.4, 0.6])
    assert decades(10, 3_000) == [10, 20, 50, 100, 200, 500, 1_000, 2_000]
    assert decades(0.1, 100_000) == pytest.approx([0.1, 1, 10, 100, 1_000, 10_000, 100_000])


def test_a_sheet_is_xml_with_a_line_for_each_series() -> None:
    lines = [Line("a < b", [(1, 1), (10, 20)]), Line("due", [(1, 2), (10, 0)], dashed=True)]
    sheet = draw_sheet([Chart("Speed & more", "bots", "per second", lines, x_log=True, y_log=True)] * 3)
    root = ElementTree.fromstring(sheet)  # noqa: S314 -- our own document
    assert len(root.findall(".//{*}polyline")) == 6
    assert "Speed & more" in {text.text for text in root.iter(f"{SVG}text")}


def test_more_lines_than_colours_are_told_apart_by_their_dashes() -> None:
    lines = [Line(f"process {number}", [(1, number), (2, number)]) for number in range(2 * len(COLOURS) + 3)]
    sheet = draw_sheet([Chart("", "", "", [*lines, Line("due", [(1, 1)], dashed=True)])])
    root = ElementTree.fromstring(sheet)  # noqa: S314 -- our own document
    drawn = [(line.get("stroke"), line.get("stroke-dasharray")) for line in root.iter(f"{SVG}polyline")]
    assert len(set(drawn)) == len(lines) + 1
    swatches = {(path.get("stroke"), path.get("stroke-dasharray")) for path in root.iter(f"{SVG}path")}
    assert set(drawn) <= swatches


@pytest.mark.parametrize("points", [[], [(1.0, 5.0)], [(1.0, 0.0), (2.0, 0.0)]])
def test_little_to_draw_is_drawn_too(points: list[tuple[float, float]]) -> None:
    ElementTree.fromstring(draw_sheet([Chart("", "", "", [Line("", points)])]))  # noqa: S314 -- our own document
