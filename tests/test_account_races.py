"""Bots of one account in several processes and threads, on both databases: the same money is spent once."""

import subprocess
import sys
import time

from saas.environment import ROOT
from tests.test_databases import installation, run

__all__ = ["installation"]

ACCOUNTS = 12
START_SECONDS = 6


def test_of_several_bots_with_the_same_balance_in_hand_only_those_it_is_enough_for_plan_an_order(
    installation: dict[str, str],
) -> None:
    run(installation, "-c", f"from tests.account_racers import make_accounts; make_accounts({ACCOUNTS})")
    command = [sys.executable, "-m", "tests.account_racers", str(time.time() + START_SECONDS)]
    racers = [
        subprocess.Popen(
            [*command, str(mine)],
            cwd=ROOT,
            env=installation,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for mine in range(2)
    ]
    outputs = [racer.communicate(timeout=200)[0] for racer in racers]
    assert outputs == ["", ""]
    told = run(installation, "-c", "from tests.account_racers import orders_by_account as o; print(o())")
    assert told.strip() == str([1] * ACCOUNTS)
