"""What to tick, and never to tick, when making a key at an exchange."""

from dashboard.translation import _


def guidance(exchange: str, environment: str) -> str:
    """Markdown for one exchange and environment."""
    if environment == "paper":
        return _("A key of this installation's paper exchange. The button above makes one for you.")
    return "\n".join([f"- {step}" for step in [*_steps(exchange, environment), *_always()]])


def _steps(exchange: str, environment: str) -> list[str]:
    testnet = environment == "testnet"
    if exchange == "bybit":
        place = "testnet.bybit.com" if testnet else "bybit.com"
        return [
            _("Make the key at {place}, under API: system-generated, with read and write access.").format(
                place=place
            ),
            _("Tick **Orders** under spot trading, and nothing under wallet or transfers."),
        ]
    if testnet:
        return [_("Make the key at testnet.binance.vision: sign in and choose “Generate HMAC-SHA-256 Key”.")]
    return [
        _("Make the key at binance.com, under API Management: system-generated."),
        _("Tick **Enable Reading** and **Enable Spot & Margin Trading**."),
    ]


def _always() -> list[str]:
    return [
        _("**Never tick withdrawals or transfers.** A key that may do either is refused here."),
        _("Where the exchange offers it, allow only this server's address."),
    ]
