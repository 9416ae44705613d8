"""The process that is forked: `python -m tests.chaos.rig.zygote`, asked by lines of JSON on its standard input."""

import gc
import json
import os
import sys
from dataclasses import asdict
from random import Random

import django

django.setup()

# Models can be imported only once Django is set up.
from django.db import connection  # noqa: E402

from exchanges.gateway import prepare_clients  # noqa: E402
from exchanges.instruments import get_instruments  # noqa: E402
from exchanges.rate_budget.shared import learn_limit  # noqa: E402
from tests.chaos.rig import children, work  # noqa: E402
from tests.chaos.rig.drills import DRILLS  # noqa: E402
from tests.chaos.rig.lab import DIP, Lab, database_address  # noqa: E402

UNLIMITED = 10_000_000


def main() -> None:
    lab = Lab(os.environ["CHAOS_EXCHANGE"], os.environ["CHAOS_PAPER_URL"], database_address())
    prepare_clients([lab.exchange])
    get_instruments(lab.venue)
    # A hundred accounts order at once, more than one address may ask for: what becomes of orders is meant here.
    learn_limit(lab.venue, UNLIMITED)
    lab.owner_id = children.run(work.make_owner)
    lab.set_price(DIP)
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        lab.random = Random(f"{request['seed']} {request['drill']}")
        lab.part = tuple(request["part"])
        rows = DRILLS[request["drill"]](lab, request["count"])
        assert connection.connection is None, "a child would inherit the database connection"
        sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
