"""A user's exchange credentials in memory. They never print: neither repr, str nor a formatted traceback shows them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """Plain credentials, decrypted for one session. `passphrase` is empty where the exchange has none."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    passphrase: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "Credentials(***)"
