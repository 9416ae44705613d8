"""Where sign-ins are kept: sealed, across restarts and kills, and never two who spend one refresh token."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard import session_store
from dashboard.api_client import Api
from dashboard.api_errors import SignedOut
from dashboard.session_cookie import new_session_id
from dashboard.session_store import LONGEST_IDLE_SECONDS, BrowserTokens, SessionStore
from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import sign_in_of

ROOT = Path(__file__).parents[2]
DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> SessionStore:
    return SessionStore(lambda: tmp_path, clock)


def kept_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("dashboard.sqlite3*")))


def test_a_sign_in_survives_the_process(
    tmp_path: Path, store: SessionStore, clock: Clock, alice: Account
) -> None:
    session_id, sign_in = new_session_id(), sign_in_of(alice)
    store.put(session_id, sign_in)
    assert SessionStore(lambda: tmp_path, clock).get(session_id) == sign_in


def test_the_file_opens_nothing(tmp_path: Path, store: SessionStore, alice: Account) -> None:
    session_id, sign_in = new_session_id(), sign_in_of(alice)
    store.put(session_id, sign_in)
    kept = kept_bytes(tmp_path)
    for secret in (session_id, sign_in.access, sign_in.refresh, alice.email, sign_in.born):
        assert secret.encode() not in kept


def test_only_its_owner_may_read_the_file(tmp_path: Path, store: SessionStore, alice: Account) -> None:
    store.put(new_session_id(), sign_in_of(alice))
    files = [path for path in tmp_path.rglob("dashboard.*") if path.is_file()]
    assert len(files) >= 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_what_is_moved_to_another_browsers_place_does_not_open_there(
    tmp_path: Path, store: SessionStore, alice: Account, bob: Account
) -> None:
    hers, his = new_session_id(), new_session_id()
    store.put(hers, sign_in_of(alice))
    store.put(his, sign_in_of(bob))
    database = store._file._connection
    database.execute("UPDATE sign_ins SET sealed = (SELECT min(sealed) FROM sign_ins)")
    opened = [found.user["id"] for found in map(store.get, (hers, his)) if found]
    assert len(opened) == 1
    database.execute("UPDATE sign_ins SET sealed = x'00'")
    assert (store.get(hers), store.get(his)) == (None, None)


def test_what_is_left_alone_for_a_week_is_over_and_goes_from_the_file(
    store: SessionStore, clock: Clock, alice: Account
) -> None:
    left, used = new_session_id(), new_session_id()
    for session_id in (left, used):
        store.put(session_id, sign_in_of(alice))
    clock.now += LONGEST_IDLE_SECONDS - 1
    found = store.get(used)
    assert found
    store.renew(used, found.born, found.access)
    clock.now += 2
    assert store.get(left) is None
    assert store.get(used)
    store.put(new_session_id(), sign_in_of(alice))
    assert count(store) == 2


def test_there_is_an_end_to_how_many_are_kept(
    store: SessionStore, clock: Clock, alice: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_store, "MOST_SIGN_INS", 3)
    ids = [new_session_id() for _ in range(5)]
    for session_id in ids:
        clock.now += 1
        store.put(session_id, sign_in_of(alice))
    assert [store.get(session_id) is not None for session_id in ids] == [False, False, True, True, True]


def count(store: SessionStore) -> int:
    return int(store._file._connection.execute("SELECT count(*) FROM sign_ins").fetchone()[0])


def test_a_sign_in_is_ended_only_by_those_who_mean_it(
    store: SessionStore, alice: Account, bob: Account
) -> None:
    browser, first, second = new_session_id(), sign_in_of(alice), sign_in_of(bob)
    store.put(browser, first)
    store.put(browser, second)
    assert store.take(browser, first.born) is None
    assert store.get(browser) == second
    assert store.take(browser, second.born) == second
    assert store.get(browser) is None


def test_whoever_signed_in_meanwhile_lends_nobody_their_token(
    store: SessionStore, alice: Account, bob: Account
) -> None:
    browser, hers = new_session_id(), sign_in_of(alice)
    store.put(browser, hers)
    tokens = BrowserTokens(store, browser, hers)
    store.put(browser, sign_in_of(bob))
    alice.access.clear()
    with pytest.raises(SignedOut):
        Api(tokens, "en").me()
    found = store.get(browser)
    assert found
    assert found.user["id"] == bob.id


def test_two_stores_of_one_file_spend_a_refresh_token_once(
    api: FakeApi, tmp_path: Path, clock: Clock, alice: Account
) -> None:
    stores = [SessionStore(lambda: tmp_path, clock) for _ in range(2)]
    browser, sign_in = new_session_id(), sign_in_of(alice)
    stores[0].put(browser, sign_in)
    alice.access.clear()
    apis = [Api(BrowserTokens(each, browser, sign_in), "en") for each in stores * 4]
    with ThreadPoolExecutor(1) as pool:
        assert [answer["id"] for answer in pool.map(Api.me, apis)] == [alice.id] * 8
    assert api.seen.count("POST /api/auth/token/refresh/") == 1


RENEWING = """
import sys
from pathlib import Path
from dashboard.api_client import Api
from dashboard.session_store import BrowserTokens, SessionStore
store = SessionStore(lambda: Path(sys.argv[1]))
sign_in = store.get(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
print(Api(BrowserTokens(store, sys.argv[2], sign_in), "en").me()["id"])
"""


def test_two_processes_spend_a_refresh_token_once(api: FakeApi, tmp_path: Path, alice: Account) -> None:
    browser = new_session_id()
    SessionStore(lambda: tmp_path).put(browser, sign_in_of(alice))
    processes = [start(RENEWING, str(tmp_path), browser) for _ in range(3)]
    alice.access.clear()
    for process in processes:
        tell(process)
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert said == [f"{alice.id}\n"] * 3
    assert api.seen.count("POST /api/auth/token/refresh/") == 1


def start(program: str, *arguments: str) -> "subprocess.Popen[str]":
    """A process that has said that it is ready, and waits for a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def test_one_that_is_killed_in_the_middle_of_renewing_costs_a_sign_in_at_most(
    api: FakeApi, tmp_path: Path, alice: Account, bob: Account
) -> None:
    store = SessionStore(lambda: tmp_path)
    hers, his = new_session_id(), new_session_id()
    store.put(hers, sign_in_of(alice))
    store.put(his, sign_in_of(bob))
    alice.access.clear()
    api.fail("POST /api/auth/token/refresh/", 200, {}, delay=30)
    process = start(RENEWING, str(tmp_path), hers)
    tell(process)
    wait_for(lambda: "POST /api/auth/token/refresh/" in api.seen)
    process.kill()
    process.communicate(timeout=20)
    api.failures.clear()
    for browser, account in ((hers, alice), (his, bob)):
        found = store.get(browser)
        assert found
        assert Api(BrowserTokens(store, browser, found), "en").me()["id"] == account.id


def test_tokens_that_were_lost_on_their_way_lead_to_the_log_in(store: SessionStore, alice: Account) -> None:
    browser, sign_in = new_session_id(), sign_in_of(alice)
    store.put(browser, sign_in)
    alice.end_all_tokens()
    alice.issue_tokens()
    with pytest.raises(SignedOut):
        Api(BrowserTokens(store, browser, sign_in), "en").me()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_call_of_another_tab_waits_for_a_new_password_instead_of_giving_up(
    store: SessionStore, alice: Account
) -> None:
    browser, sign_in = new_session_id(), sign_in_of(alice)
    store.put(browser, sign_in)
    with ThreadPoolExecutor(1) as pool:
        with store.turn(browser):
            fresh = Api(BrowserTokens(store, browser, sign_in), "en").change_password(
                alice.password, "another"
            )
            other_tab = pool.submit(Api(BrowserTokens(store, browser, sign_in), "en").me)
            store.change(browser, sign_in.born, lambda latest: latest.with_tokens(fresh))
        assert other_tab.result(20)["id"] == alice.id


def test_a_damaged_file_is_begun_anew(tmp_path: Path, store: SessionStore, alice: Account) -> None:
    (tmp_path / "dashboard.sqlite3").write_bytes(b"no database at all " * 100)
    browser, sign_in = new_session_id(), sign_in_of(alice)
    store.put(browser, sign_in)
    assert store.get(browser) == sign_in


def test_where_no_file_can_be_written_memory_has_to_do(tmp_path: Path, alice: Account) -> None:
    (tmp_path / "file").touch()
    store = SessionStore(lambda: tmp_path / "file")
    browser, sign_in = new_session_id(), sign_in_of(alice)
    store.put(browser, sign_in)
    assert store.get(browser) == sign_in
