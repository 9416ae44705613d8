"""Create a bot, or edit the one that the address names (`?bot=`)."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import bot_fields, notices, session, words
from dashboard.api_client import Record
from dashboard.api_errors import Refused, ServerFault, Unreachable
from dashboard.bot_fields import FIRST_BOT, PERCENTAGES, PLAIN, parameter_field
from dashboard.controls import page_button
from dashboard.live import show_guarded
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

PLACE = "bot_form"
KEYS_PAGE = "app_pages/exchange_keys.py"
SAVED = "bot_form.saved"


def show() -> None:
    if st.session_state.pop(SAVED, False):
        st.switch_page("app_pages/bots.py")
    bot_id = st.query_params.get("bot")
    st.title(_("Edit a bot") if bot_id else _("Create a bot"), anchor=False)
    show_guarded(lambda: show_form(bot_id))


def show_form(bot_id: str | None) -> None:
    api = session.api()
    stored = api.bot(int(bot_id)) if bot_id and bot_id.isdecimal() else None
    keys, strategies = session.gather(api.exchange_keys, api.strategies)
    if not keys:
        st.info(_("A bot trades with one of your exchange keys, and you have none yet."))
        page_button(_("Open a paper account or add a key"), "bot_form.keys", KEYS_PAGE, primary=True)
        return
    seed(bot_fields.initial_values(stored or new_bot(keys, strategies), session.formats()))
    notices.show(PLACE, *PLAIN, *PERCENTAGES, "capital", *parameter_names(strategies))
    key, strategy = choose_key(keys), choose_strategy(strategies)
    seed(parameter_values(strategy, stored))
    with st.form("bot_form", enter_to_submit=False):
        show_fields(key, strategy)
        st.form_submit_button(
            _("Save"),
            key="bot_form.save",
            type="primary",
            on_click=save,
            args=(stored and stored["id"], strategy),
        )


def new_bot(keys: Sequence[Record], strategies: Sequence[Record]) -> Record:
    return FIRST_BOT | {
        "exchange_key": keys[0]["id"],
        "strategy": strategies[0]["name"],
        "capital_currency": session.currency(),
    }


def parameter_names(strategies: Sequence[Record]) -> list[str]:
    return [f"parameters.{each['name']}" for strategy in strategies for each in strategy["parameters"]]


def parameter_values(strategy: Record, stored: Record | None) -> Record:
    kept = stored["parameters"] if stored and stored["strategy"] == strategy["name"] else {}
    return {
        parameter_field(strategy["name"], each["name"]): bot_fields.initial_parameter(
            each, kept, session.formats()
        )
        for each in strategy["parameters"]
    }


def seed(values: Record) -> None:
    """Starting values only: what the user has typed since is kept."""
    for name, value in values.items():
        st.session_state.setdefault(field_key(name), value)


def field_key(name: str) -> str:
    return f"bot_form.{st.query_params.get('bot', 'new')}.{name}"


def choose_key(keys: Sequence[Record]) -> Record:
    """Outside the form: the symbols on offer depend on it."""
    by_id = {key["id"]: key for key in keys}
    st.selectbox(
        _("Exchange key"),
        list(by_id),
        key=field_key("exchange_key"),
        format_func=lambda key_id: words.key_name(by_id[key_id]),
        help=_("Where the bot trades, and with whose account."),
    )
    notices.show_field(PLACE, "exchange_key")
    return by_id[st.session_state[field_key("exchange_key")]]


def choose_strategy(strategies: Sequence[Record]) -> Record:
    """Outside the form: the parameters depend on it."""
    by_name = {strategy["name"]: strategy for strategy in strategies}
    st.selectbox(
        _("Strategy"),
        list(by_name),
        key=field_key("strategy"),
        format_func=lambda name: by_name[name]["label"],
    )
    notices.show_field(PLACE, "strategy")
    chosen = by_name[st.session_state[field_key("strategy")]]
    st.caption(as_plain_markdown(chosen["help"]))
    return chosen


def show_fields(key: Record, strategy: Record) -> None:
    text_field("name", _("Name"), _("How you will recognise this bot."))
    show_symbols(key)
    st.subheader(_("The rule"), anchor=False)
    for parameter in strategy["parameters"]:
        show_parameter(strategy, parameter)
    st.subheader(_("Money"), anchor=False)
    show_money()
    st.subheader(_("When to sell"), anchor=False)
    show_exits()


def show_symbols(key: Record) -> None:
    offered = symbols_on_offer(key)
    chosen = st.session_state[field_key("symbols")]
    st.multiselect(
        _("Symbols"),
        list(dict.fromkeys([*offered, *chosen])),
        key=field_key("symbols"),
        accept_new_options=not offered,
        placeholder=_("Choose one or more"),
        help=_("What the bot may buy. It looks at every one of them at each run."),
    )
    notices.show_field(PLACE, "symbols")


def symbols_on_offer(key: Record) -> list[str]:
    try:
        instruments = session.api().instruments(key["exchange"], key["environment"])
    except (Refused, ServerFault, Unreachable) as error:
        st.warning(as_plain_markdown(notices.explain(error)))
        return []
    return sorted(instrument["symbol"] for instrument in instruments)


def text_field(name: str, label: str, explanation: str) -> None:
    st.text_input(label, key=field_key(name), help=explanation, autocomplete="off")
    notices.show_field(PLACE, name)


def show_parameter(strategy: Record, parameter: Record) -> None:
    key = field_key(parameter_field(strategy["name"], parameter["name"]))
    label, explanation = as_plain_markdown(parameter["label"]), as_plain_markdown(explain(parameter))
    match parameter["type"]:
        case "choice":
            st.selectbox(label, parameter["choices"], key=key, help=explanation)
        case "boolean":
            st.checkbox(label, key=key, help=explanation)
        case "integer":
            st.number_input(label, key=key, step=1, help=explanation)
        case _:
            st.text_input(label, key=key, help=explanation, autocomplete="off")
    notices.show_field(PLACE, f"parameters.{parameter['name']}")


def explain(parameter: Record) -> str:
    low, high = parameter["minimum"], parameter["maximum"]
    if low is None or high is None:
        return str(parameter["help"])
    formats = session.formats()
    bounds = _("From {low} to {high}.").format(low=formats.number(str(low)), high=formats.number(str(high)))
    return f"{parameter['help']} {bounds}"


def show_money() -> None:
    amount, currency = st.columns([3, 1])
    with amount:
        text_field("capital", _("Capital"), _("The most that this bot has invested at any time."))
    with currency:
        st.selectbox(_("Currency"), words.CURRENCIES, key=field_key("capital_currency"))
        notices.show_field(PLACE, "capital_currency")
    trades, interval = st.columns(2)
    with trades:
        whole_field("max_open_trades", _("Open trades at most"), _("The capital is shared between them."))
    with interval:
        whole_field(
            "interval_seconds", _("Seconds between runs"), _("How often the bot looks at the prices.")
        )


def whole_field(name: str, label: str, explanation: str) -> None:
    st.number_input(label, key=field_key(name), min_value=1, step=1, help=explanation)
    notices.show_field(PLACE, name)


def show_exits() -> None:
    labels = {
        "take_profit_percent": (_("Take profit (%)"), _("Sell when the price is this far above the entry.")),
        "stop_loss_percent": (_("Stop loss (%)"), _("Sell when the price is this far below the entry.")),
        "trailing_stop_percent": (
            _("Trailing stop (%)"),
            _("Sell when the price falls this far below its highest since the entry."),
        ),
    }
    for column, (name, (label, explanation)) in zip(st.columns(len(labels)), labels.items(), strict=True):
        with column:
            text_field(name, label, f"{explanation} {_('Leave it empty to do without.')}")


def save(bot_id: int | None, strategy: Record) -> None:
    typed = bot_fields.read(typed_values(strategy), strategy, session.formats())
    notices.dismiss(PLACE)
    if typed.not_numbers:
        notices.reject(PLACE, {name: [_("This is not a number.")] for name in typed.not_numbers})
        return
    st.session_state[SAVED] = notices.attempt("bots", lambda: send(bot_id, typed.bot))
    if not st.session_state[SAVED]:
        notices.move("bots", PLACE)


def typed_values(strategy: Record) -> dict[str, Any]:
    parameters = [parameter_field(strategy["name"], each["name"]) for each in strategy["parameters"]]
    return {
        name: st.session_state[field_key(name)] for name in (*PLAIN, "capital", *PERCENTAGES, *parameters)
    }


def send(bot_id: int | None, bot: Record) -> str:
    api = session.api()
    saved = api.update_bot(bot_id, bot) if bot_id else api.create_bot(bot)
    return _("“{name}” is saved.").format(name=saved["name"])


show()
