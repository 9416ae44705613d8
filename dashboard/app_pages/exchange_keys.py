"""The keys that let bots trade: a paper account in one click, or a key of an exchange; check, delete."""

from collections.abc import Sequence

import streamlit as st

from dashboard import notices, session, words
from dashboard.api_client import Record
from dashboard.api_errors import Refused
from dashboard.controls import action_button, card, confirmation, guarded_button
from dashboard.formatting import UNKNOWN, Formats
from dashboard.key_guidance import guidance, what_to_do
from dashboard.live import show_guarded
from dashboard.markup import Badge, Cell, as_plain_markdown, empty, facts, hint, title
from dashboard.translation import _

PLACE, FORM = "exchange_keys", "key_form"
EXCHANGES = ("binance", "bybit")
ENVIRONMENTS = ("testnet", "live", "paper")
FIELDS = ("label", "api_key", "secret_key")
BALANCES_SHOWN = 20


def show() -> None:
    st.title(_("Exchange keys"), anchor=False)
    show_guarded(show_keys)


def show_keys() -> None:
    api = session.api()
    keys, bots = session.gather(api.exchange_keys, api.bots)
    notices.show(PLACE)
    if not keys:
        st.html(
            empty(_("You have no key yet."), _("A paper account is the quickest way to see a bot trade."))
        )
    for key in keys:
        with card(f"key-{key['id']}"):
            show_key(key, [bot for bot in bots if bot["exchange_key"] == key["id"]])
    show_paper_account(first=not keys)
    show_add_form()


def show_paper_account(*, first: bool) -> None:
    with card("paper"):
        st.html(title(_("Trade with play money")))
        st.html(hint(_("Play money on our own exchange: real rules, no risk, no registration.")))
        with st.container(horizontal=True):
            action_button(
                _("Open a paper account"), "exchange_keys.paper", PLACE, open_paper_account, primary=first
            )
            action_button(
                _("Open one by Bybit's rules"), "exchange_keys.paper.bybit", PLACE, open_bybit_paper_account
            )


def show_key(key: Record, bots: Sequence[Record]) -> None:
    st.html(title(key["label"]))
    st.html(describe(key, bots))
    for trouble in filter(None, [key["state_detail"], key["halt_reason"]]):
        st.warning(as_plain_markdown(trouble))
    if advice := what_to_do(key["state"]):
        st.info(advice, icon=":material/arrow_forward:")
    if key["simulated"]:
        st.html(hint(_("Simulated prices")))
    show_key_actions(key, bots)


def describe(key: Record, bots: Sequence[Record]) -> str:
    formats = session.formats()
    granted = key["permissions"] or {}
    items: list[tuple[str, Cell]] = [
        (_("State"), state_badge(key["state"])),
        (_("Exchange"), f"{words.exchange(key['exchange'])} · {words.environment(key['environment'])}"),
        (_("Key"), key["api_key"]),
        (_("May do"), permissions(granted)),
        (_("Checked"), formats.moment(key["checked_at"])),
        (_("Used by"), ", ".join(bot["name"] for bot in bots) or _("no bot")),
    ]
    if key["environment"] == "live":
        items.append((_("Works from"), where_from(granted.get("ip_restricted"))))
    if expires_at := granted.get("expires_at"):
        items.append((_("Valid until"), formats.moment(expires_at)))
    return facts(items, below=(_("Free balance"), free_balances(key["balances"], formats)))


def state_badge(state: str) -> Badge:
    text = words.key_state(state)
    match state:
        case "valid":
            return Badge(text, "good")
        case "unchecked":
            return Badge(text, "still")
        case _:
            return Badge(text, "bad")


def where_from(restricted: bool | None) -> str:
    if restricted is None:
        return UNKNOWN
    return _("this server's address only") if restricted else _("everywhere: restrict it at the exchange")


def free_balances(balances: Record, formats: Formats) -> str:
    """The money first, then the coins; what is nothing is left out."""
    free = {asset: amounts["free"] for asset, amounts in balances.items() if amounts["free"].strip("0.")}
    assets = sorted(free, key=lambda asset: (asset not in words.CURRENCIES, asset))[:BALANCES_SHOWN]
    return " · ".join(f"{formats.number(free[asset])} {asset}" for asset in assets) or UNKNOWN


def permissions(granted: Record) -> str:
    """What the exchange said that the key may do; empty where it cannot tell."""
    named = {
        "can_trade": _("trade"),
        "can_withdraw": _("withdraw"),
        "can_transfer": _("transfer"),
    }
    return ", ".join(name for code, name in named.items() if granted.get(code)) or UNKNOWN


def show_key_actions(key: Record, bots: Sequence[Record]) -> None:
    prefix = f"exchange_keys.{key['id']}"
    with st.container(horizontal=True):
        action_button(_("Check"), f"{prefix}.check", PLACE, lambda: check(key))
        guarded_button(_("Delete"), f"{prefix}.delete")
    question = _("Delete the key “{label}”?").format(label=key["label"])
    confirmation(
        f"{question} {consequence(key, bots)}",
        _("Yes, delete"),
        f"{prefix}.delete",
        PLACE,
        lambda: delete(key),
    )


def consequence(key: Record, bots: Sequence[Record]) -> str:
    """What deleting a key means for the bots that use it, and for whoever has a copy of it."""
    names = ", ".join(f"“{bot['name']}”" for bot in bots)
    if any(bot["status"] == "active" or bot["open_trades"] for bot in bots):
        told = _(
            "Bots that trade with it: {bots}. Stop them, and let what they hold be sold, before you delete it."
        )
    elif bots:
        told = _("Bots that use it: {bots}. They cannot be started again before they are given another key.")
    else:
        told = _("No bot uses it.")
    if key["environment"] == "paper":
        return told.format(bots=names)
    return f"{told.format(bots=names)} {_('At the exchange it stays valid: delete it there, too.')}"


def show_add_form() -> None:
    with card("add-key"):
        st.html(title(_("Key of an exchange")))
        left, right = st.columns(2)
        exchange = left.selectbox(
            _("Exchange"), EXCHANGES, key="key_form.exchange", format_func=words.exchange
        )
        environment = right.selectbox(
            _("Environment"), ENVIRONMENTS, key="key_form.environment", format_func=words.environment
        )
        st.markdown(guidance(exchange, environment))
        notices.show(FORM, *FIELDS)
        with st.form("key_form", enter_to_submit=False, border=False):
            show_add_fields()
            st.form_submit_button(_("Add and check"), key="key_form.add", type="primary", on_click=add)


def show_add_fields() -> None:
    st.text_input(
        _("Name of the key"),
        key="key_form.label",
        max_chars=60,
        autocomplete="off",
        placeholder=_("My Binance"),
    )
    notices.show_field(FORM, "label")
    st.text_input(_("API key"), key="key_form.api_key", autocomplete="off")
    notices.show_field(FORM, "api_key")
    st.text_input(_("Secret key"), key="key_form.secret_key", type="password", autocomplete="new-password")
    notices.show_field(FORM, "secret_key")
    st.html(
        hint(_("Kept encrypted, and never shown again: neither to you nor to whoever runs this Cardume."))
    )


def add() -> None:
    key = {name: st.session_state[f"key_form.{name}"] for name in ("exchange", "environment", *FIELDS)}
    notices.dismiss(FORM)
    added: list[Record] = []
    if notices.attempt(FORM, lambda: keep(key, added)):
        notices.dismiss(FORM)
        notices.attempt(PLACE, lambda: check(added[0]))


def keep(key: Record, added: list[Record]) -> str:
    """A secret that the API has judged stays here no longer; one that never reached it need not be typed again."""
    try:
        added.append(session.api().add_exchange_key(key))
    except Refused:
        empty_fields("secret_key")
        raise
    empty_fields(*FIELDS)
    return ""


def empty_fields(*names: str) -> None:
    for name in names:
        st.session_state[f"key_form.{name}"] = ""


def check(key: Record) -> str:
    return verdict(session.api().check_exchange_key(key["id"]))


def verdict(key: Record) -> str:
    return f"{key['label']}: {words.key_state(key['state'])}"


def open_bybit_paper_account() -> str:
    return open_paper_account("bybit")


def open_paper_account(exchange: str = "binance") -> str:
    session.api().open_paper_account(exchange, _("Paper account"))
    return _("Your paper account is open.")


def delete(key: Record) -> str:
    session.api().delete_exchange_key(key["id"])
    return _("The key “{label}” is deleted.").format(label=key["label"])


show()
