from dashboard.markup import Cell, Column, Signed, as_plain_markdown, facts, figures, table

COLUMNS = [Column("Name"), Column("P&L", "number")]


def test_a_table_shows_what_users_typed_as_text() -> None:
    html = table("Bots", COLUMNS, [["<script>alert(1)</script>", "5"]])
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_numbers_are_marked_to_be_right_aligned() -> None:
    html = table("Bots", COLUMNS, [["a", "5"]])
    assert '<th scope="col" class="number">P&amp;L</th>' in html
    assert '<td data-label="P&amp;L" class="number"><span>5</span></td>' in html


def test_colour_follows_the_sign() -> None:
    rows: list[list[Cell]] = [
        ["a", Signed("+R$ 1", "1")],
        ["b", Signed("-R$ 1", "-1")],
        ["c", Signed("R$ 0", "0.00")],
    ]
    html = table("Bots", COLUMNS, rows)
    assert [html.count(f'class="{tone}"') for tone in ("gain", "loss", "even")] == [1, 1, 1]


def test_figures_and_facts_are_escaped() -> None:
    for html in (figures([("<b>", "<i>")]), facts([("<b>", Signed("<i>", None))])):
        assert "<b>" not in html
        assert "<i>" not in html


def test_no_markdown_comes_out_of_plain_text() -> None:
    assert as_plain_markdown("R$ 5 *x* [a](b) :red[c]") == r"R\$ 5 \*x\* \[a\]\(b\) \:red\[c\]"
