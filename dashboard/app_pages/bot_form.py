"""Create a bot, edit the one that the address names (`?bot=`) or begin with a copy of one (`?clone=`).

Every change of a field redraws what the rule would have done; what is wrong stands beside its field.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import bot_fields, bot_preview, notices, session, words
from dashboard.api_client import Record
from dashboard.api_errors import Refused, ServerFault, Unreachable
from dashboard.bot_fields import FIRST_BOT, FIRST_SYMBOL, PERCENTAGES, PLAIN, Typed, parameter_field
from dashboard.bot_preview import Previewed
from dashboard.controls import KEPT_FOR_PAGE, page_button
from dashboard.live import show_guarded
from dashboard.markup import as_plain_markdown, hint, title
from dashboard.remembered import forget, remember
from dashboard.translation import _, current_language

PLACE = "bot_form"
KEYS_PAGE, BOTS_PAGE, BOT_PAGE = "app_pages/exchange_keys.py", "app_pages/bots.py", "app_pages/bot.py"
SAVED, ERRORS, DRAFT = "bot_form.saved", "bot_form.errors", "bot_form.draft"
FIRST, WRITTEN = "bot_form.first", "bot_form.written"
LISTS_SECONDS, BOT_SECONDS = 60.0, 10.0


def show() -> None:
    saved = st.session_state.pop(SAVED, None)
    if saved is not None:
        leave(saved)
    st.title(_("Edit a bot") if st.query_params.get("bot") else _("Create a bot"), anchor=False)
    show_guarded(show_form)


def leave(saved: Record) -> None:
    if saved["started"]:
        st.switch_page(BOT_PAGE, query_params={"bot": str(saved["id"])})
    notices.lead_to("bots")
    st.switch_page(BOTS_PAGE)


def show_form() -> None:
    api = session.api()
    strategies = remember(("strategies", current_language()), LISTS_SECONDS, api.strategies)
    keys = api.exchange_keys()
    if not keys:
        st.info(_("A bot trades with one of your exchange keys, and you have none yet."))
        page_button(_("Open a paper account or add a key"), "bot_form.keys", KEYS_PAGE, primary=True)
        return
    follow_language(bot_fields.amount_fields(strategies))
    begun = beginning(keys, strategies)
    seed(bot_fields.initial_values(begun, session.formats()))
    notices.show(PLACE, *PLAIN, *PERCENTAGES, "capital", *parameter_names(strategies))
    key, strategy = chosen_key(keys), chosen(strategies, "strategy", "name")
    seed(parameter_values(strategy, begun))
    offered = symbols_on_offer(key)
    begin_with_a_symbol(offered)
    typed = bot_fields.read(typed_values(strategy), strategy, session.formats())
    previewed = preview_of(typed)
    note_errors(typed, previewed)
    fields, beside = st.columns([5, 6], gap="large")
    with fields:
        show_fields(keys, strategies, strategy, offered)
    with beside, st.container(border=True, key="card-bot-preview"):
        bot_preview.show_preview(previewed, typed.bot["symbols"])
    show_buttons(begun, strategy)


def beginning(keys: Sequence[Record], strategies: Sequence[Record]) -> Record:
    """The bot that the form begins with: the stored one, its copy, or a first one."""
    named, cloned = (st.query_params.get(name, "") for name in ("bot", "clone"))
    if named.isdecimal():
        return remember(begun_name(), BOT_SECONDS, lambda: session.api().bot(int(named)))
    if cloned.isdecimal():
        original = remember(begun_name(), BOT_SECONDS, lambda: session.api().bot(int(cloned)))
        return bot_fields.as_copy(original, _("(copy)"))
    return FIRST_BOT | {
        "name": _("My bot"),
        "exchange_key": keys[0]["id"],
        "strategy": strategies[0]["name"],
        "capital_currency": session.currency(),
    }


def begun_name() -> tuple[str, str]:
    return ("begun", scope())


def parameter_names(strategies: Sequence[Record]) -> list[str]:
    return [f"parameters.{each['name']}" for strategy in strategies for each in strategy["parameters"]]


def parameter_values(strategy: Record, begun: Record) -> Record:
    kept = begun["parameters"] if begun["strategy"] == strategy["name"] else {}
    return {
        parameter_field(strategy["name"], each["name"]): bot_fields.initial_parameter(
            each, kept, session.formats()
        )
        for each in strategy["parameters"]
    }


def scope() -> str:
    """Which form this is: each keeps its fields apart."""
    query = st.query_params
    return query["bot"] if "bot" in query else f"copy{query['clone']}" if "clone" in query else "new"


def field_key(name: str) -> str:
    return f"bot_form.{scope()}.{name}"


def seed(values: Record) -> None:
    """Starting values only: what the user has typed since is kept, also while they look at another page."""
    draft = st.session_state.get(f"{DRAFT}.{scope()}", {})
    first = st.session_state.setdefault(f"{FIRST}.{scope()}", {})
    for name, value in values.items():
        if field_key(name) not in st.session_state:
            first[name] = value
            st.session_state[field_key(name)] = draft.get(name, value)


def follow_language(amounts: Sequence[str]) -> None:
    """What was typed before the language was changed is written in the new one's way, or it would be another number."""
    state, after = st.session_state, session.formats()
    before = state.get(WRITTEN, after)
    state[WRITTEN] = after
    if before.locale == after.locale:
        return
    kept = [each for key, each in state.items() if str(key).startswith((f"{DRAFT}.", f"{FIRST}."))]
    for values in kept:
        values |= {
            name: bot_fields.rewrite(values[name], before, after) for name in amounts if name in values
        }
    for key in filter(state.__contains__, map(field_key, amounts)):
        state[key] = bot_fields.rewrite(state[key], before, after)


def chosen(records: Sequence[Record], field: str, identity: str) -> Record:
    """What is chosen of these; the first where what was chosen is gone."""
    picked = st.session_state.get(field_key(field))
    found = next((each for each in records if each[identity] == picked), records[0])
    st.session_state[field_key(field)] = found[identity]
    return found


def chosen_key(keys: Sequence[Record]) -> Record | None:
    """None where it is gone: which one takes its place, perhaps one with real money, is for the user to say."""
    name = field_key("exchange_key")
    found = next((key for key in keys if key["id"] == st.session_state.get(name)), None)
    if found is None:
        st.session_state[name] = None
    return found


def symbols_on_offer(key: Record | None) -> list[str]:
    """Nothing while the exchange cannot tell; the field then takes what is typed."""
    if key is None:
        return []
    where = key["exchange"], key["environment"]
    try:
        instruments = remember(where, LISTS_SECONDS, lambda: session.api().instruments(*where))
    except (Refused, ServerFault, Unreachable) as error:
        st.warning(as_plain_markdown(notices.explain(error)))
        return []
    return sorted(instrument["symbol"] for instrument in instruments)


def begin_with_a_symbol(offered: Sequence[str]) -> None:
    """A new form shows at once what a rule does."""
    begun = field_key("begun")
    if not st.session_state.get(begun) and scope() == "new" and FIRST_SYMBOL in offered:
        st.session_state[field_key("symbols")] = st.session_state[field_key("symbols")] or [FIRST_SYMBOL]
    st.session_state[begun] = True


def typed_values(strategy: Record) -> dict[str, Any]:
    parameters = [parameter_field(strategy["name"], each["name"]) for each in strategy["parameters"]]
    names = (*PLAIN, "capital", *PERCENTAGES, *parameters)
    values = {name: st.session_state[field_key(name)] for name in names}
    first = st.session_state.get(f"{FIRST}.{scope()}", {})
    # Of the rest, what is stored is shown again, which may have been changed elsewhere meanwhile.
    st.session_state[f"{DRAFT}.{scope()}"] = {
        name: value for name, value in values.items() if name not in first or value != first[name]
    }
    return values


def preview_of(typed: Typed) -> Previewed | None:
    if problems_of(typed) or not typed.bot["symbols"]:
        return None
    return bot_preview.preview(typed.bot)


def note_errors(typed: Typed, previewed: Previewed | None) -> None:
    st.session_state[ERRORS] = problems_of(typed) | (previewed.fields if previewed else {})


def problems_of(typed: Typed) -> dict[str, list[str]]:
    """What is wrong before anybody is asked, by field."""
    found = {name: [_("This is not a number.")] for name in typed.not_numbers}
    if typed.bot["exchange_key"] is None:
        found["exchange_key"] = [_("The key that was chosen is deleted. Choose the one to trade with.")]
    return found


def show_error(name: str) -> None:
    """What is wrong with a field, as it is now or as it was when it was to be saved."""
    now = st.session_state[ERRORS].get(name)
    if now:
        st.markdown(f":red[{as_plain_markdown(' '.join(now))}]")
    else:
        notices.show_field(PLACE, name)


def show_fields(
    keys: Sequence[Record], strategies: Sequence[Record], strategy: Record, offered: Sequence[str]
) -> None:
    with st.container(border=True, key="card-bot-what"):
        text_field("name", _("Name"), _("How you will recognise this bot."))
        show_key(keys)
        show_symbols(offered)
    with st.container(border=True, key="card-bot-rule"):
        st.html(title(_("The rule")))
        show_strategy(strategies, strategy)
        for parameter in strategy["parameters"]:
            show_parameter(strategy, parameter)
    with st.container(border=True, key="card-bot-exits"):
        st.html(title(_("When to sell")))
        show_exits()
    with st.container(border=True, key="card-bot-money"):
        st.html(title(_("Money")))
        show_money()


def show_key(keys: Sequence[Record]) -> None:
    by_id = {key["id"]: key for key in keys}
    st.selectbox(
        _("Exchange key"),
        list(by_id),
        index=None if st.session_state[field_key("exchange_key")] is None else 0,
        key=field_key("exchange_key"),
        format_func=lambda key_id: words.key_name(by_id[key_id]),
        placeholder=_("Choose a key"),
        persist_state=KEPT_FOR_PAGE,
        help=_("Where the bot trades, and with whose account."),
    )
    show_error("exchange_key")


def show_symbols(offered: Sequence[str]) -> None:
    picked = st.session_state[field_key("symbols")]
    st.multiselect(
        _("Symbols"),
        list(dict.fromkeys([*offered, *picked])),
        key=field_key("symbols"),
        accept_new_options=not offered,
        placeholder=_("Choose one or more"),
        persist_state=KEPT_FOR_PAGE,
        # Its label would be Streamlit's own, in English.
        select_all=False,
        help=_("What the bot may buy. It looks at every one of them at each run."),
    )
    show_error("symbols")


def show_strategy(strategies: Sequence[Record], strategy: Record) -> None:
    """There is nothing to choose while there is one."""
    if len(strategies) > 1:
        labels = {each["name"]: each["label"] for each in strategies}
        st.selectbox(
            _("Strategy"),
            list(labels),
            key=field_key("strategy"),
            format_func=labels.__getitem__,
            persist_state=KEPT_FOR_PAGE,
        )
    show_error("strategy")
    st.html(hint(strategy["help"]))


def text_field(name: str, label: str, explanation: str) -> None:
    st.text_input(
        label, key=field_key(name), help=explanation, autocomplete="off", persist_state=KEPT_FOR_PAGE
    )
    show_error(name)


def show_parameter(strategy: Record, parameter: Record) -> None:
    key, label = (
        field_key(parameter_field(strategy["name"], parameter["name"])),
        as_plain_markdown(parameter["label"]),
    )
    match parameter["type"]:
        case "choice":
            st.selectbox(
                label,
                parameter["choices"],
                key=key,
                format_func=name_of_choice(parameter),
                persist_state=KEPT_FOR_PAGE,
            )
        case "boolean":
            st.checkbox(label, key=key, persist_state=KEPT_FOR_PAGE)
        case "integer":
            st.number_input(label, key=key, step=1, persist_state=KEPT_FOR_PAGE)
        case _:
            st.text_input(label, key=key, autocomplete="off", persist_state=KEPT_FOR_PAGE)
    st.html(hint(explain(parameter)))
    show_error(f"parameters.{parameter['name']}")


def name_of_choice(parameter: Record) -> Any:
    return words.timeframe if parameter["name"] == "timeframe" else str


def explain(parameter: Record) -> str:
    low, high = parameter["minimum"], parameter["maximum"]
    if low is None or high is None:
        return str(parameter["help"])
    formats = session.formats()
    bounds = _("From {low} to {high}.").format(low=formats.number(str(low)), high=formats.number(str(high)))
    return f"{parameter['help']} {bounds}"


def show_money() -> None:
    amount, currency = st.columns([3, 2])
    with amount:
        text_field("capital", _("Capital"), _("The most that this bot has invested at any time."))
    with currency:
        st.selectbox(
            _("Currency"), words.CURRENCIES, key=field_key("capital_currency"), persist_state=KEPT_FOR_PAGE
        )
        show_error("capital_currency")
    trades, interval = st.columns(2)
    with trades:
        whole_field("max_open_trades", _("Open trades at most"), _("The capital is shared between them."))
    with interval:
        whole_field(
            "interval_seconds", _("Seconds between runs"), _("How often the bot looks at the prices.")
        )


def whole_field(name: str, label: str, explanation: str) -> None:
    st.number_input(
        label, key=field_key(name), min_value=1, step=1, help=explanation, persist_state=KEPT_FOR_PAGE
    )
    show_error(name)


def show_exits() -> None:
    labels = {
        "take_profit_percent": (_("Take profit (%)"), _("Sell when the price is this far above the entry.")),
        "stop_loss_percent": (_("Stop loss (%)"), _("Sell when the price is this far below the entry.")),
        "trailing_stop_percent": (
            _("Trailing stop (%)"),
            _("Sell when the price falls this far below its highest since the entry."),
        ),
    }
    for name, (label, explanation) in labels.items():
        st.text_input(label, key=field_key(name), autocomplete="off", persist_state=KEPT_FOR_PAGE)
        without = _("Leave it empty to do without.")
        st.html(hint(f"{explanation} {without}"))
        show_error(name)


def show_buttons(begun: Record, strategy: Record) -> None:
    """A bot that runs already uses what is saved from its next run on."""
    with st.container(horizontal=True):
        runs = begun.get("status") == "active"
        if not runs:
            st.button(
                _("Save and start"),
                key="bot_form.start",
                type="primary",
                icon=":material/play_arrow:",
                on_click=save,
                args=(begun.get("id"), strategy, True),
            )
        st.button(
            _("Save"),
            key="bot_form.save",
            type="primary" if runs else "secondary",
            on_click=save,
            args=(begun.get("id"), strategy, False),
        )
        st.button(_("Start over"), key="bot_form.over", type="tertiary", on_click=start_over)


def save(bot_id: int | None, strategy: Record, start: bool) -> None:
    typed = bot_fields.read(typed_values(strategy), strategy, session.formats())
    notices.dismiss(PLACE)
    if problems := problems_of(typed):
        notices.reject(PLACE, problems)
        return
    saved: list[Record] = []
    if not notices.attempt(PLACE, lambda: send(bot_id, typed.bot, saved)):
        return
    notices.move(PLACE, "bots")
    started = start and begin(saved[0])
    st.session_state[SAVED] = saved[0] | {"started": started}
    start_over()


def start_over() -> None:
    """Forgets what was typed into this form."""
    begun = f"bot_form.{scope()}."
    for name in [name for name in st.session_state if str(name).startswith(begun)]:
        del st.session_state[name]
    st.session_state.pop(f"{DRAFT}.{scope()}", None)
    st.session_state.pop(f"{FIRST}.{scope()}", None)
    forget(begun_name())
    bot_preview.forget()


def send(bot_id: int | None, bot: Record, saved: list[Record]) -> str:
    api = session.api()
    saved.append(api.update_bot(bot_id, bot) if bot_id else api.create_bot(bot))
    return _("“{name}” is saved.").format(name=saved[0]["name"])


def begin(bot: Record) -> bool:
    """Whether it was started; if not, the list of bots says why."""
    if notices.attempt("bot", lambda: start(bot)):
        return True
    notices.move("bot", "bots")
    return False


def start(bot: Record) -> str:
    try:
        session.api().order_bot(bot["id"], "start")
    except Refused as refusal:
        told = _("“{name}” is saved, but it was not started.").format(name=bot["name"])
        raise Refused(refusal.status, refusal.code, f"{told} {refusal.detail}", refusal.fields) from refusal
    return _("“{name}” is running.").format(name=bot["name"])


show()
