"""In processes of their own: what one test imports, every later one has."""

import subprocess
import sys

import pytest

ALONE = """
import sys
from exchanges.ccxt_classes import load_class
loaded = [load_class(name) for name in ("binance", "bybit")]
print(sum(name.startswith("ccxt.abstract.") for name in sys.modules))
"""
AS_A_WHOLE = """
import ccxt
print(len(ccxt.exchanges) > 100, [getattr(ccxt, one.__name__) is one for one in loaded])
print(loaded[0]().describe()["id"], issubclass(loaded[0], ccxt.Exchange))
"""


def output_of(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_exchange_is_loaded_without_the_others() -> None:
    assert output_of(ALONE) == ["2"]


@pytest.mark.parametrize("script", [ALONE + AS_A_WHOLE, "import ccxt\n" + ALONE + AS_A_WHOLE])
def test_it_is_the_class_that_the_whole_package_has_whichever_comes_first(script: str) -> None:
    assert output_of(script)[1:] == ["True [True, True]", "binance True"]


def test_an_unknown_one_is_an_error_and_leaves_nothing_behind() -> None:
    script = """
import sys
from exchanges.ccxt_classes import load_class
try:
    load_class("no_such_exchange")
except ImportError as error:
    print(error.name, "ccxt" in sys.modules)
"""
    assert output_of(script) == ["ccxt.no_such_exchange False"]
