"""One exchange's class out of ccxt, without the hundred others whose import costs each process 32 MB."""

import sys
import threading
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType

PACKAGE = "ccxt"
_lock = threading.Lock()


def load_class(exchange: str) -> type:
    """ccxt's synchronous class of this id, the same one that `import ccxt` gives. Raises ImportError for an unknown id.

    The package's own `__init__` imports every exchange. It is left out for a moment: a bare package stands in its place,
    and is gone afterwards, so that whoever imports ccxt as a whole still can.
    """
    with _lock:
        load = import_module if PACKAGE in sys.modules else _load_alone
        module = load(f"{PACKAGE}.{exchange}")
    found: type = getattr(module, exchange)
    return found


def _load_alone(name: str) -> ModuleType:
    spec = find_spec(PACKAGE)
    if spec is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed", name=PACKAGE)
    sys.modules[PACKAGE] = module_from_spec(spec)
    try:
        return import_module(name)
    finally:
        del sys.modules[PACKAGE]
