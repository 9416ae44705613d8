"""The client and its tokens against a server that speaks the contract, well and badly."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard import api_client
from dashboard.api_client import Api, OnlyToken
from dashboard.api_errors import Refused, ServerFault, SignedOut, Unreachable
from dashboard.session_cookie import new_session_id
from dashboard.session_store import BrowserTokens, store
from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import sign_in_of

ALL_KEYS = r"GET /api/exchange-keys/$"


def signed_in(account: Account) -> Api:
    """As a browser of its own."""
    session_id, sign_in = new_session_id(), sign_in_of(account)
    store.put(session_id, sign_in)
    return Api(BrowserTokens(store, session_id, sign_in), sign_in.language)


def test_signing_up_and_in_gives_tokens(api: FakeApi) -> None:
    user = api_client.register("carol@example.com", "long-enough", "en")
    tokens = api_client.obtain_tokens("carol@example.com", "long-enough", "en")
    assert user["language"] == "en"
    assert Api(OnlyToken(tokens["access"]), "en").me()["email"] == "carol@example.com"


def test_a_wrong_password_is_refused_with_the_apis_words(api: FakeApi, alice: Account) -> None:
    with pytest.raises(Refused) as refusal:
        api_client.obtain_tokens(alice.email, "wrong", "pt-br")
    assert (refusal.value.status, refusal.value.detail) == (401, "E-mail ou senha incorretos.")


def test_field_errors_arrive_by_field(api: FakeApi) -> None:
    with pytest.raises(Refused) as refusal:
        api_client.register("carol@example.com", "short", "pt-br")
    assert refusal.value.fields == {"password": ["Esta senha é muito curta."]}


def test_an_expired_access_token_is_renewed_unnoticed(api: FakeApi, alice: Account) -> None:
    hers = signed_in(alice)
    alice.access.clear()
    assert hers.me()["email"] == alice.email
    assert hers.bots() == []


def test_many_calls_at_once_renew_the_token_once(api: FakeApi, alice: Account) -> None:
    hers = signed_in(alice)
    alice.access.clear()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hers.me()["id"], range(24)))
    assert answers == [alice.id] * 24
    assert api.seen.count("POST /api/auth/token/refresh/") == 1


def test_a_dead_refresh_token_means_signed_out(api: FakeApi, alice: Account) -> None:
    hers = signed_in(alice)
    alice.end_all_tokens()
    with pytest.raises(SignedOut):
        hers.me()


def test_a_new_password_ends_the_other_sign_ins(api: FakeApi, alice: Account) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)
    fresh = here.change_password(alice.password, "another-pass")
    assert Api(OnlyToken(fresh["access"]), "en").me()["id"] == alice.id
    with pytest.raises(SignedOut):
        elsewhere.me()


def test_logging_out_everywhere_ends_every_sign_in(api: FakeApi, alice: Account) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)
    here.log_out_everywhere()
    for each in (here, elsewhere):
        with pytest.raises(SignedOut):
            each.me()


def test_a_revoked_refresh_token_renews_nothing(api: FakeApi, alice: Account) -> None:
    tokens = alice.issue_tokens()
    api_client.revoke(tokens["refresh"], "en")
    with pytest.raises(Refused):
        api_client.refresh_tokens(tokens["refresh"], "en")


def test_a_fault_carries_the_reference_of_the_log(api: FakeApi, alice: Account) -> None:
    api.fail(ALL_KEYS, 500, {"code": "server_error", "detail": "x", "error_id": "abc123"})
    with pytest.raises(ServerFault) as fault:
        signed_in(alice).exchange_keys()
    assert fault.value.error_id == "abc123"


@pytest.mark.parametrize(
    ("status", "body"), [(502, "<html>Bad gateway</html>"), (0, ""), (200, "[]"), (200, "<html>"), (301, "")]
)
def test_what_is_no_answer_of_the_api_is_unreachable_or_refused(
    api: FakeApi, alice: Account, status: int, body: str
) -> None:
    api.fail(ALL_KEYS, status, body)
    with pytest.raises((Unreachable, Refused)):
        signed_in(alice).exchange_keys()


def test_a_silent_api_is_given_up_on(api: FakeApi, alice: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "ANSWER_SECONDS", 0.2)
    api.fail(ALL_KEYS, 200, {}, delay=0.6)
    with pytest.raises(Unreachable):
        signed_in(alice).exchange_keys()


def test_an_api_that_is_down_is_unreachable(alice: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    hers = signed_in(alice)
    monkeypatch.setenv("API_URL", "http://127.0.0.1:9")
    with pytest.raises(Unreachable):
        hers.me()


def test_lists_are_read_to_their_last_page(
    api: FakeApi, alice: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_client, "LONGEST_PAGE", 2)
    for number in range(5):
        api.add_bot(alice, f"bot {number}")
    assert [bot["name"] for bot in signed_in(alice).bots()] == [f"bot {number}" for number in range(5)]


def test_no_cookie_of_one_user_travels_with_the_next_one(api: FakeApi, alice: Account) -> None:
    signed_in(alice).me()
    assert list(api_client._connections.cookies) == []
