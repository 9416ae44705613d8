from dashboard.formatting import UNKNOWN
from dashboard.markup import (
    Badge,
    Bar,
    Cell,
    Column,
    Explained,
    Figure,
    Part,
    Signed,
    as_plain_markdown,
    empty,
    explained,
    facts,
    figures,
    hint,
    row,
    row_head,
    table,
    title,
)

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


def test_everything_of_a_row_and_of_a_card_is_escaped() -> None:
    nasty = "<b>"
    parts = [Part(nasty, nasty, nasty), Part(nasty, Badge(nasty, "good"), Signed(nasty, "1"))]
    written = [row("bots", parts), row_head("bots", [Column(nasty)]), title(nasty), hint(nasty)]
    written += [empty(nasty, nasty), figures([Figure(nasty, Signed(nasty, "1"), nasty)])]
    written += [table(nasty, [Column(nasty)], [[Badge(nasty, "bad")]])]
    assert not [html for html in written if nasty in html]


def test_a_bar_is_as_long_as_its_share_and_keeps_the_sign() -> None:
    html = table("Bots", COLUMNS, [["a", Bar("-R$ 1", "-1", 0.25)]])
    assert '<span class="loss">-R$ 1</span><span class="cardume-bar loss" style="width: 25.0%">' in html


def test_a_figure_says_what_it_means_and_why_it_is_not_there() -> None:
    there, away = Explained("Sharpe", "1,2", "Meaning.", "Missing."), Explained("<b>", UNKNOWN, "<b>", "<i>")
    html = explained([there, away])
    assert '<dt>Sharpe</dt><dd class="even">1,2</dd><dd class="note even">Meaning.</dd>' in html
    assert "&lt;b&gt; &lt;i&gt;" in html
    assert "Missing" not in html


def test_a_badge_has_a_shape_of_its_kind() -> None:
    assert '<span class="cardume-badge warning">Paused</span>' in facts(
        [("Status", Badge("Paused", "warning"))]
    )


def test_a_figure_has_its_note_below() -> None:
    html = figures([Figure("Today", Signed("+R$ 1", "1"), Signed("+0,1%", "0.1"))])
    assert '<dt>Today</dt><dd class="gain">+R$ 1</dd><dd class="note gain">+0,1%</dd>' in html


def test_a_row_names_its_values_for_those_who_hear_it() -> None:
    html = row("bots", [Part("Status", "Running", kind="strong")])
    assert (
        html
        == '<dl class="cardume-row bots"><div class="strong"><dt>Status</dt><dd class="even">Running</dd></div></dl>'
    )


def test_no_markdown_comes_out_of_plain_text() -> None:
    assert as_plain_markdown("R$ 5 *x* [a](b) :red[c]") == r"R\$ 5 \*x\* \[a\]\(b\) \:red\[c\]"
