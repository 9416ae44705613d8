"""Notes of quiet looks: written together a moment later, by whoever looks first, each with what it saw."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from bots import tick_log
from bots.look_notes import WRITE_SECONDS, LookNotes, Seen
from bots.tests.conftest import PAPER
from bots.ticks import Average, Need, Tick
from exchanges.domain import Ticker
from exchanges.market_data.snapshot import Series, Snapshot
from saas.clock import to_microseconds
from trades.tests.fake_exchange import AT

SECOND = timedelta(seconds=1)
NEED = Need("BTC/USDT", "1m", 2)


def seen(price: str, known_until: datetime = AT) -> Seen:
    ticker = Ticker("BTC/USDT", *[Decimal(price)] * 3)
    series = Series(AT, (Decimal(98), Decimal(99), Decimal(100)))
    snapshot = Snapshot(PAPER, AT, {"BTC/USDT": ticker}, {("BTC/USDT", "1m"): series}, simulated=True)
    return Seen(snapshot, known_until, [NEED, Need("ETH/USDT", "1m", 2)])


class Notes(LookNotes):
    """Written when a test says so."""

    def __init__(self) -> None:
        super().__init__(self.ask)
        self.asked: list[float] = []

    def ask(self, seconds: float, write: Callable[[], None]) -> None:
        assert write == self.write
        self.asked.append(seconds)

    def look(self, at: Seen, bot_id: int, seconds: float) -> None:
        self.note(at, bot_id, AT, AT + SECOND * seconds)


def written() -> list[Tick]:
    return list(tick_log.read(PAPER, AT + SECOND * 10))


def bots_of(tick: Tick) -> list[int]:
    assert tick.looks is not None
    return tick.looks.bot_ids.tolist()


def test_looks_at_the_same_are_one_entry_with_what_they_saw(redis: object) -> None:
    notes, one = Notes(), seen("97")
    notes.look(one, 7, 1.5)
    notes.look(one, 8, 1)
    notes.write()
    [tick] = written()
    assert (tick.since, tick.at, tick.known_until, tick.taken_at) == (AT + SECOND, AT + SECOND * 1.5, AT, AT)
    assert tick.prices == {"BTC/USDT": 97}
    assert tick.averages == {NEED: Average(Decimal("99.5"), 3)}
    assert tick.looks is not None
    assert list(tick.looks.at_bot(7)) == [(AT, AT + SECOND * 1.5)]
    assert tick.looks.due_at.tolist() == [to_microseconds(AT)] * 2


def test_what_saw_or_knew_something_else_is_an_entry_of_its_own(redis: object) -> None:
    notes, one, other = Notes(), seen("97"), seen("98")
    for number, at in enumerate([one, other, one, Seen(one.snapshot, AT + SECOND, one.needs), other]):
        notes.look(at, number, number)
    notes.write()
    found = [(str(tick.prices["BTC/USDT"]), tick.known_until - AT, bots_of(tick)) for tick in written()]
    assert found == [("98", SECOND * 0, [1, 4]), ("97", SECOND, [3]), ("97", SECOND * 0, [0, 2])]


def test_the_first_look_after_a_write_sees_to_the_next(redis: object) -> None:
    notes, one = Notes(), seen("97")
    notes.look(one, 7, 1)
    notes.look(one, 8, 1)
    assert notes.asked == [WRITE_SECONDS]
    notes.write()
    assert notes.asked == [WRITE_SECONDS]
    notes.look(one, 9, 2)
    assert notes.asked == [WRITE_SECONDS] * 2
    notes.write()
    notes.write()
    assert [bots_of(tick) for tick in written()] == [[9], [7, 8]]
