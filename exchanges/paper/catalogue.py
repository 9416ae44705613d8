"""The pairs this exchange lists, with the grids a real spot venue uses for them."""

from decimal import Decimal

from .instruments import Instrument

# base, quote, tick size, lot size, level of the simulated price, volatility relative to bitcoin's
_ROWS = """
BTC  USDT 0.01    0.00001 91500    1.0
ETH  USDT 0.01    0.0001  3050     1.1
SOL  USDT 0.01    0.001   141      1.2
BNB  USDT 0.01    0.001   905      1.0
XRP  USDT 0.0001  0.1     2.21     1.1
ADA  USDT 0.0001  0.1     0.452    1.2
DOGE USDT 0.00001 1       0.1585   1.3
TRX  USDT 0.0001  0.1     0.2791   0.9
AVAX USDT 0.01    0.01    14.62    1.2
LINK USDT 0.01    0.01    13.41    1.2
DOT  USDT 0.001   0.01    2.384    1.2
LTC  USDT 0.01    0.001   86.3     1.0
BCH  USDT 0.1     0.001   541.7    1.1
UNI  USDT 0.001   0.01    6.421    1.3
ATOM USDT 0.001   0.01    2.517    1.2
ETC  USDT 0.01    0.01    13.92    1.1
XLM  USDT 0.0001  1       0.2524   1.1
NEAR USDT 0.001   0.1     1.913    1.3
APT  USDT 0.001   0.01    2.405    1.3
ARB  USDT 0.0001  0.1     0.2113   1.3
OP   USDT 0.0001  0.01    0.3128   1.3
FIL  USDT 0.001   0.01    1.642    1.2
ICP  USDT 0.001   0.01    4.213    1.3
AAVE USDT 0.01    0.001   176.4    1.2
SUI  USDT 0.0001  0.1     1.5427   1.3
INJ  USDT 0.001   0.01    5.873    1.3
HBAR USDT 0.00001 1       0.14236  1.2
TON  USDT 0.001   0.01    1.587    1.1
ALGO USDT 0.0001  1       0.1391   1.2
USDC USDT 0.0001  1       0.9998   0.01
USDT BRL  0.001   0.1     5.402    0.1
BTC  BRL  1       0.00001 494283   1.0
ETH  BRL  0.01    0.0001  16476.1  1.1
SOL  BRL  0.1     0.001   761.7    1.2
BNB  BRL  0.1     0.001   4888.8   1.0
XRP  BRL  0.001   0.1     11.938   1.1
DOGE BRL  0.0001  1       0.8562   1.3
"""
_MIN_NOTIONAL = {"USDT": Decimal(5), "BRL": Decimal(10)}


def list_instruments() -> dict[str, Instrument]:
    """Every listed pair by symbol, in listing order."""
    parsed = (_parse_row(row) for row in _ROWS.strip().splitlines())
    return {instrument.symbol: instrument for instrument in parsed}


def _parse_row(row: str) -> Instrument:
    base, quote, tick_size, lot_size, base_price, volatility = row.split()
    crossed = quote == "BRL" and base != "USDT"
    return Instrument(
        symbol=base + quote,
        base=base,
        quote=quote,
        tick_size=Decimal(tick_size),
        lot_size=Decimal(lot_size),
        min_notional=_MIN_NOTIONAL[quote],
        base_price=Decimal(base_price),
        volatility=float(volatility),
        legs=(base + "USDT", "USDTBRL") if crossed else None,
    )
