"""The keys that let bots trade: a paper account in one click, or a key of an exchange; check, delete."""

import streamlit as st

from dashboard import notices, session, words
from dashboard.api_client import Record
from dashboard.controls import action_button, confirmation, guarded_button
from dashboard.formatting import UNKNOWN, Formats
from dashboard.key_guidance import guidance
from dashboard.live import show_guarded
from dashboard.markup import Cell, as_plain_markdown, facts
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
    keys = session.api().exchange_keys()
    notices.show(PLACE)
    if not keys:
        st.info(_("You have no key yet. A paper account is the quickest way to see a bot trade."))
    for key in keys:
        with st.container(border=True):
            show_key(key)
    st.subheader(_("Paper account"), anchor=False)
    st.markdown(_("Play money on our own exchange: real rules, no risk, no registration."))
    with st.container(horizontal=True):
        action_button(
            _("Open a paper account"), "exchange_keys.paper", PLACE, open_paper_account, primary=not keys
        )
        action_button(
            _("Open one by Bybit's rules"), "exchange_keys.paper.bybit", PLACE, open_bybit_paper_account
        )
    show_add_form()


def show_key(key: Record) -> None:
    st.subheader(as_plain_markdown(key["label"]), anchor=False)
    st.html(describe(key))
    for trouble in filter(None, [key["state_detail"], key["halt_reason"]]):
        st.warning(as_plain_markdown(trouble))
    if key["simulated"]:
        st.caption(_("Simulated prices"))
    show_key_actions(key)


def describe(key: Record) -> str:
    formats = session.formats()
    items: list[tuple[str, Cell]] = [
        (_("State"), words.key_state(key["state"])),
        (_("Exchange"), f"{words.exchange(key['exchange'])} · {words.environment(key['environment'])}"),
        (_("Key"), key["api_key"]),
        (_("May do"), permissions(key["permissions"] or {})),
        (_("Checked"), formats.moment(key["checked_at"])),
    ]
    return facts(items, below=(_("Free balance"), free_balances(key["balances"], formats)))


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


def show_key_actions(key: Record) -> None:
    prefix = f"exchange_keys.{key['id']}"
    with st.container(horizontal=True):
        action_button(_("Check"), f"{prefix}.check", PLACE, lambda: check(key))
        guarded_button(_("Delete"), f"{prefix}.delete")
    question = _("Delete the key “{label}”? Bots that use it can trade no more.").format(label=key["label"])
    confirmation(question, _("Yes, delete"), f"{prefix}.delete", PLACE, lambda: delete(key))


def show_add_form() -> None:
    st.subheader(_("Key of an exchange"), anchor=False)
    left, right = st.columns(2)
    exchange = left.selectbox(_("Exchange"), EXCHANGES, key="key_form.exchange", format_func=words.exchange)
    environment = right.selectbox(
        _("Environment"), ENVIRONMENTS, key="key_form.environment", format_func=words.environment
    )
    st.markdown(guidance(exchange, environment))
    notices.show(FORM, *FIELDS)
    with st.form("key_form", enter_to_submit=False):
        show_add_fields()
        st.form_submit_button(_("Add and check"), key="key_form.add", on_click=add)


def show_add_fields() -> None:
    st.text_input(_("Name of the key"), key="key_form.label", max_chars=60, autocomplete="off")
    notices.show_field(FORM, "label")
    st.text_input(_("API key"), key="key_form.api_key", autocomplete="off")
    notices.show_field(FORM, "api_key")
    st.text_input(_("Secret key"), key="key_form.secret_key", type="password", autocomplete="new-password")
    notices.show_field(FORM, "secret_key")


def add() -> None:
    key = {name: st.session_state[f"key_form.{name}"] for name in ("exchange", "environment", *FIELDS)}
    notices.dismiss(FORM)
    if not notices.attempt(PLACE, lambda: add_and_check(key)):
        notices.move(PLACE, FORM)
        return
    for name in FIELDS:
        # A secret stays on this server no longer than it takes to hand it on.
        st.session_state[f"key_form.{name}"] = ""


def add_and_check(key: Record) -> str:
    api = session.api()
    added = api.add_exchange_key(key)
    return verdict(api.check_exchange_key(added["id"]))


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
