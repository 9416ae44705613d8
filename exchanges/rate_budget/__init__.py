"""What the exchanges allow our address, shared: they count requests by address, not by user.

    take ─ held? paused? ─ room below the purpose's ceiling? ─ within the user's share? → ask → read the headers

One account per exchange, environment and address is kept in Redis (`take.lua`), for all processes of all hosts: every
request takes its weight before it is sent, in one round trip, and what the answer's headers say corrects it. Whoever is
refused learns when to come back; nothing has been sent. docs/rate-budget.md has the rules and figures.
"""

from exchanges.rate_budget.budget import Spender, forget
from exchanges.rate_budget.holds import hold
from exchanges.rate_budget.purposes import Purpose, asking

__all__ = ["Purpose", "Spender", "asking", "forget", "hold"]
