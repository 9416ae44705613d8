import pytest

from benchmarks.figures import Summary
from benchmarks.table import Cell, Table, render_markdown, render_text, show

TABLE = Table("Dogs", ("dog", "weight, kg"), [("Rex", Summary(31.25, 30.0, 33.5)), ("Bo", None)], ("Two.",))


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("every", "every"),
        (None, "–"),
        (0, "0"),
        (12_345, "12,345"),
        (1234.5, "1,234"),
        (68.53, "68.5"),
        (6.853, "6.85"),
        (0.6853, "0.685"),
        (0.00123, "0.0012"),
        (Summary(2.0, 1.0, 100.0), "2.00 (1.00 to 100)"),
    ],
)
def test_figures_are_shown_to_three_places(cell: Cell, shown: str) -> None:
    assert show(cell) == shown


def test_the_columns_of_the_text_line_up() -> None:
    assert render_text(TABLE).splitlines() == [
        "Dogs",
        "  dog           weight, kg",
        "  Rex  31.2 (30.0 to 33.5)",
        "  Bo                     –",
        "Two.",
    ]


def test_markdown_has_the_same_cells() -> None:
    assert "| Rex | 31.2 (30.0 to 33.5) |\n| Bo | – |" in render_markdown(TABLE)
