"""The proof that orders survive: faults by the thousand, then both ledgers read and compared to the last digit.

    python -m tests.chaos --kills 1000

Each scenario lets something go wrong (a process killed at an instruction, an exchange that answers nonsense), lets the real
recovery do its work and leaves the judging to `checker`, which reads the exchange's own ledger and our tables, never
through our gateway.
"""
