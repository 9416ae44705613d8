"""How to make a key at an exchange, what to tick there and what never; and what to do about the state of a key."""

from dashboard.translation import _

# What the exchange says to whoever makes a key there, in its own menus' words; the translations have those of its
# other language.


def guidance(exchange: str, environment: str) -> str:
    """Markdown for one exchange and environment."""
    if environment == "paper":
        return _("A key of this installation's paper exchange. The button above makes one for you.")
    if environment == "testnet":
        return _numbered([*_testnet_steps(exchange), _never(exchange)])
    return _numbered([*_live_steps(exchange), _never(exchange), *_address(exchange), _secret_once()])


def _numbered(steps: list[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _testnet_steps(exchange: str) -> list[str]:
    if exchange == "bybit":
        return [
            _(
                "Sign in at testnet.bybit.com, an account of its own with play money: **API** → **Create New Key**."
            ),
            _bybit_ticks(),
        ]
    return [
        _("Sign in at testnet.binance.vision (with GitHub) and choose **Generate HMAC-SHA-256 Key**."),
        _("Tick **TRADE** and **USER_DATA**, if it asks. The testnet cannot say what a key may do."),
    ]


def _live_steps(exchange: str) -> list[str]:
    if exchange == "bybit":
        return [
            _(
                "At bybit.com, open your profile → **API** → **Create New Key** → **System-generated API Keys**, for "
                "**API Transaction**."
            ),
            _bybit_ticks(),
        ]
    return [
        _(
            "At binance.com, open your profile → **Account** → **API Management** → **Create API** → **System generated**."
        ),
        _(
            "Then **Edit restrictions**: **Enable Reading** is ticked; tick **Enable Spot & Margin Trading** as well."
        ),
    ]


def _bybit_ticks() -> str:
    return _("Choose **Read-Write**, and under **SPOT** tick **Trade**: nothing else.")


def _never(exchange: str) -> str:
    if exchange == "bybit":
        return _(
            "**Never tick withdrawals or transfers** (**Withdrawal**, **Account Transfer**, **Subaccount Transfer**): "
            "a key that may do either is refused here."
        )
    return _(
        "**Never tick withdrawals or transfers** (**Enable Withdrawals**, **Permits Universal Transfer**): a key that "
        "may do either is refused here."
    )


def _address(exchange: str) -> list[str]:
    """Why a key should work from one place only, and what becomes of one that works from everywhere."""
    if exchange == "bybit":
        return [
            _(
                "Under **Only IPs with permissions granted are allowed to access the OpenAPI**, enter the address of the "
                "server that Cardume runs on; ask whoever runs it. A stolen key is then of no use elsewhere. Bybit ends "
                "keys without an address after three months."
            )
        ]
    return [
        _(
            "Choose **Restrict access to trusted IPs only** and enter the address of the server that Cardume runs on; ask "
            "whoever runs it. A stolen key is then of no use elsewhere. From a key that works from everywhere, Binance "
            "takes the permission to trade after a while."
        )
    ]


def _secret_once() -> str:
    return _("Copy both parts at once: the exchange shows the secret key only this time.")


def what_to_do(state: str) -> str:
    """About a key in this state; empty where there is nothing to do."""
    texts = {
        "unchecked": _("Check it: bots trade with checked keys only."),
        "refused": _(
            "Delete it here and at the exchange, and add one that may read and trade, nothing else."
        ),
        "invalid": _(
            "See at the exchange whether the key still exists, may trade spot, and allows this server's address. Check it "
            "again when that is right; if it is gone there, delete it here, too."
        ),
        "undecryptable": _(
            "Delete it and add it again. Your bots wait until they are given a key that works."
        ),
    }
    return texts.get(state, "")
