"""A bot's form as data: what each field starts with, and what was typed as the API wants it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.api_client import Record
from dashboard.formatting import Formats

PERCENTAGES = ("take_profit_percent", "stop_loss_percent", "trailing_stop_percent")
PLAIN = (
    "name",
    "exchange_key",
    "symbols",
    "strategy",
    "capital_currency",
    "interval_seconds",
    "max_open_trades",
)
FIRST_BOT: Record = {
    "name": "",
    "symbols": [],
    "capital": "100",
    "interval_seconds": 5,
    "max_open_trades": 1,
    "take_profit_percent": "1",
    "stop_loss_percent": "3",
    "trailing_stop_percent": None,
    # Half a percent below a short average comes about now and then on most days.
    "parameters": {"threshold_percent": "0.5"},
}
FIRST_SYMBOL = "BTC/USDT"
LONGEST_NAME = 60


def as_copy(bot: Record, mark: str) -> Record:
    """All that can be configured of a bot, under its name with a mark, as a bot of its own."""
    name = f"{bot['name'][: LONGEST_NAME - len(mark) - 1]} {mark}"
    return {each: bot[each] for each in (*PLAIN, "capital", *PERCENTAGES, "parameters")} | {"name": name}


def parameter_field(strategy: str, parameter: str) -> str:
    """Strategies may use the same parameter name for different things."""
    return f"parameters.{strategy}.{parameter}"


def initial_values(bot: Record, formats: Formats) -> Record:
    """What the form's fields start with, for a bot of the API or FIRST_BOT with a currency."""
    amounts = {name: _amount_text(bot[name], formats) for name in ("capital", *PERCENTAGES)}
    return {name: bot[name] for name in PLAIN if name in bot} | amounts


def initial_parameter(parameter: Record, stored: Mapping[str, Any], formats: Formats) -> Any:
    value = stored.get(parameter["name"], parameter["default"])
    return _amount_text(value, formats) if parameter["type"] == "decimal" else value


def _amount_text(amount: str | None, formats: Formats) -> str:
    return "" if amount is None else formats.number(str(amount), grouped=False)


def amount_fields(strategies: Sequence[Record]) -> list[str]:
    """The fields that hold an amount as it is typed."""
    decimals = [
        parameter_field(strategy["name"], parameter["name"])
        for strategy in strategies
        for parameter in strategy["parameters"]
        if parameter["type"] == "decimal"
    ]
    return ["capital", *PERCENTAGES, *decimals]


def rewrite(typed: str, before: Formats, after: Formats) -> str:
    """The same amount in another way of writing; what is no number stays as it is."""
    try:
        return after.number(before.parse_number(typed), grouped=False)
    except ValueError:
        return typed


@dataclass
class Typed:
    """What was typed: the body for the API, and the fields that are no number at all."""

    bot: Record = field(default_factory=dict)
    not_numbers: list[str] = field(default_factory=list)


def read(values: Mapping[str, Any], strategy: Record, formats: Formats) -> Typed:
    """`values` are the fields by name, those of parameters by `parameter_field`."""
    typed = Typed({name: values[name] for name in PLAIN})
    typed.bot["capital"] = _amount("capital", values["capital"], typed, formats)
    for name in PERCENTAGES:
        typed.bot[name] = _amount(name, values[name], typed, formats) if values[name].strip() else None
    typed.bot["parameters"] = {
        parameter["name"]: _parameter(parameter, values, strategy, typed, formats)
        for parameter in strategy["parameters"]
    }
    return typed


def _parameter(
    parameter: Record, values: Mapping[str, Any], strategy: Record, typed: Typed, formats: Formats
) -> Any:
    value = values[parameter_field(strategy["name"], parameter["name"])]
    if parameter["type"] != "decimal":
        return value
    return _amount(f"parameters.{parameter['name']}", value, typed, formats)


def _amount(name: str, text: str, typed: Typed, formats: Formats) -> str:
    try:
        return formats.parse_number(text)
    except ValueError:
        typed.not_numbers.append(name)
        return text
