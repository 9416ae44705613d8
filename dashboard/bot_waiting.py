"""What a bot holds and waits for, in figures and tables. Pure but for the reader's language."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dashboard import trade_tables, words
from dashboard.api_client import Record
from dashboard.bot_summary import realised, status
from dashboard.formatting import UNKNOWN, Formats
from dashboard.markup import Badge, Cell, Column, Figure, Noted, Signed, table
from dashboard.translation import _, ngettext

NEAREST_SHOWN = 12
EXITS = ("take_profit", "back_to_average", "trailing_stop", "stop_loss")


def figures_of(bot: Record, trades: Sequence[Record], formats: Formats) -> list[Figure]:
    return [
        Figure(_("Status"), status(bot), _next_run(bot, formats)),
        Figure(_("Realised P&L"), realised(bot, formats)),
        Figure(
            _("Unrealised P&L"),
            _unrealised(trades, formats, str(bot["display_currency"])),
            _held(bot),
        ),
        Figure(_("Capital"), formats.money(bot["capital"], bot["capital_currency"])),
    ]


def _held(bot: Record) -> str:
    most = bot["max_open_trades"]
    text = ngettext("{count} of at most {most} trade open", "{count} of at most {most} trades open", most)
    return text.format(count=bot["open_trades"], most=most)


def _next_run(bot: Record, formats: Formats) -> str:
    at = bot["next_run_at"]
    return _("Next run: {moment}").format(moment=formats.moment(at, seconds=True)) if at else ""


def _unrealised(trades: Sequence[Record], formats: Formats, currency: str) -> Cell:
    """Nothing where the worth of one is not known."""
    amounts = [trade["unrealised_pnl_display"] for trade in trades]
    if not trades or None in amounts:
        return formats.money(None if trades else "0", currency)
    total = format(sum(map(Decimal, amounts), Decimal()), "f")
    return Signed(formats.money(total, currency, signed=True), total)


def held(trades: Sequence[Record], waiting: Sequence[Record], formats: Formats) -> str:
    """The open trades, each with where it is sold and how far away that is."""
    by_symbol = {each["symbol"]: {level["kind"]: level for level in each["levels"]} for each in waiting}
    levels = [by_symbol.get(trade["symbol"], {}) for trade in trades]
    kinds = [kind for kind in EXITS if any(kind in found for found in levels)]
    columns = [
        Column(_("Symbol")),
        Column(_("Bought"), "moment"),
        Column(_("Quantity"), "number"),
        Column(_("Bought at"), "number"),
        Column(_("Price now"), "number"),
        *(Column(words.price_level(kind), "number") for kind in kinds),
        Column(_("Unrealised P&L"), "number"),
    ]
    rows = [_held_row(trade, found, kinds, formats) for trade, found in zip(trades, levels, strict=True)]
    return table(_("Open trades"), columns, rows)


def _held_row(
    trade: Record, levels: Mapping[str, Record], kinds: Sequence[str], formats: Formats
) -> list[Cell]:
    return [
        trade["symbol"],
        formats.moment(trade["opened_at"]),
        formats.number(trade["held_quantity"]),
        formats.number(trade["entry_price"]),
        formats.number(trade["last_price"]),
        *(_with_distance(levels.get(kind), formats) for kind in kinds),
        trade_tables.unrealised(trade, formats),
    ]


def _with_distance(level: Record | None, formats: Formats) -> Cell:
    """One below the other: beside each other, the four exits of a bot leave no room for the result."""
    if level is None:
        return UNKNOWN
    return Noted(formats.price(level["price"]), formats.percent(level["distance_percent"]))


def waiting_to_buy(waiting: Sequence[Record], symbol: str | None, formats: Formats) -> str:
    """The symbols that nothing is held of, the one that is nearest to a purchase first."""
    flat = [each for each in waiting if each["open_trade"] is None and symbol in (None, each["symbol"])]
    if not flat:
        return ""
    columns = [
        Column(_("Symbol")),
        Column(_("Price now"), "number"),
        Column(_("Average"), "number"),
        Column(_("Buys at or below"), "number"),
        Column(_("Still to fall"), "number"),
    ]
    nearest = sorted(flat, key=_distance)[:NEAREST_SHOWN]
    return table(_("What it waits for now"), columns, [_waiting_row(each, formats) for each in nearest])


def _distance(waiting: Record) -> Decimal:
    return -Decimal(waiting["levels"][0]["distance_percent"]) if waiting["levels"] else Decimal("Infinity")


def _waiting_row(each: Record, formats: Formats) -> list[Cell]:
    level = each["levels"][0] if each["levels"] else None
    return [
        each["symbol"],
        formats.number(each["price"]),
        formats.price(each["average"]),
        formats.price(level["price"]) if level else UNKNOWN,
        _still_to_fall(level, formats),
    ]


def _still_to_fall(level: Record | None, formats: Formats) -> str:
    if level is None:
        return UNKNOWN
    distance = level["distance_percent"]
    return formats.percent(distance) if distance.startswith("-") else _("reached")


def decision(action: str) -> Badge:
    text = words.action(action)
    match action:
        case "buy":
            return Badge(text, "good")
        case "sell":
            return Badge(text, "open")
        case "skip":
            return Badge(text, "warning")
        case _:
            return Badge(text, "still")


def severity(level: str) -> Badge:
    text = words.level(level)
    match level:
        case "error":
            return Badge(text, "bad")
        case "warning":
            return Badge(text, "warning")
        case _:
            return Badge(text, "still")
