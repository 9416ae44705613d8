from users.tests.conftest import (
    alice,
    anyone,
    as_alice,
    as_charlie,
    bob,
    charlie,
    cheap_hashing,
    logs,
    lower_site,
    olga,
    pair,
)

__all__ = [
    "alice",
    "anyone",
    "as_alice",
    "as_charlie",
    "bob",
    "charlie",
    "cheap_hashing",
    "logs",
    "lower_site",
    "olga",
    "pair",
]
