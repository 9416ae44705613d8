"""The page of exchange keys: what it says about each, and what becomes of what is typed."""

import pytest

from dashboard.key_guidance import guidance
from dashboard.tests.fake_api import Account, FakeApi
from dashboard.tests.pages import Browser, Page

TYPED = {"key_form__label": "Minha", "key_form__api_key": "abcd1234", "key_form__secret_key": "s3cr3t"}


def typed(page: Page) -> list[str]:
    return [str(page.app.text_input(f"key_form.{name}").value) for name in ("label", "api_key", "secret_key")]


def test_everything_typed_is_gone_once_the_key_is_kept(api: FakeApi, alice: Account) -> None:
    page = Browser().sign_in(alice).open("exchange_keys").fill(**TYPED).click("key_form.add")
    assert typed(page) == ["", "", ""]
    assert "s3cr3t" not in str(page.app.session_state)


def test_a_secret_that_was_judged_does_not_stay_in_its_field(api: FakeApi, alice: Account) -> None:
    refused = {"api_key": ["Você já adicionou esta chave."]}
    api.fail("POST /api/exchange-keys/$", 400, {"code": "invalid", "detail": "Confira.", "fields": refused})
    page = Browser().sign_in(alice).open("exchange_keys").fill(**TYPED).click("key_form.add")
    assert "Você já adicionou esta chave." in page.text
    assert typed(page) == ["Minha", "abcd1234", ""]


def test_what_never_reached_the_api_need_not_be_typed_again(api: FakeApi, alice: Account) -> None:
    api.fail("POST /api/exchange-keys/$", 0)
    page = Browser().sign_in(alice).open("exchange_keys").fill(**TYPED).click("key_form.add")
    assert "não está acessível" in page.text
    assert typed(page) == ["Minha", "abcd1234", "s3cr3t"]


def test_a_key_that_could_not_be_checked_is_kept_and_says_what_to_do(api: FakeApi, alice: Account) -> None:
    api.fail(
        "POST /api/exchange-keys/.+/check/", 503, {"code": "away", "detail": "A corretora não responde."}
    )
    page = Browser().sign_in(alice).open("exchange_keys").fill(**TYPED).click("key_form.add")
    assert "A corretora não responde." in page.text
    assert "Verifique-a: robôs só operam com chaves verificadas." in page.text
    assert typed(page) == ["", "", ""]
    assert len(alice.keys) == 1


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("refused", "Exclua-a aqui e na corretora"),
        ("invalid", "Veja na corretora se a chave ainda existe"),
        ("undecryptable", "Exclua-a e adicione-a de novo."),
    ],
)
def test_a_key_that_does_not_work_says_what_to_do(
    api: FakeApi, alice: Account, state: str, advice: str
) -> None:
    api.add_paper_key(alice)["state"] = state
    page = Browser().sign_in(alice).open("exchange_keys")
    assert any(advice in info.value for info in page.app.info)


def test_a_live_key_that_works_from_everywhere_is_told_so(api: FakeApi, alice: Account) -> None:
    api.add_paper_key(alice).update(environment="live", permissions={"ip_restricted": False})
    assert "restrinja na corretora" in Browser().sign_in(alice).open("exchange_keys").text


def test_deleting_says_what_it_means_for_the_bots(api: FakeApi, alice: Account) -> None:
    key = api.add_paper_key(alice)
    delete = f"exchange_keys.{key['id']}.delete"
    page = Browser().sign_in(alice).open("exchange_keys").click(delete)
    assert "Nenhum robô a usa." in page.text
    bot = api.add_bot(alice, "Sardinha")
    assert "Robôs que a usam: “Sardinha”." in page.run().text
    bot["status"] = "active"
    assert "Robôs que operam com ela: “Sardinha”." in page.run().text
    assert key["id"] in alice.keys, "it only asks"


def test_the_fields_of_secrets_are_not_offered_to_password_managers(alice: Account) -> None:
    fields = {
        field.key: field.proto.autocomplete
        for field in Browser().sign_in(alice).open("exchange_keys").app.text_input
    }
    assert fields == {
        "key_form.label": "off",
        "key_form.api_key": "off",
        "key_form.secret_key": "new-password",
    }


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (
            "binance",
            [
                "Gerenciamento de API",
                "Enable Spot & Margin Trading",
                "Restringir acesso apenas a IPs confiáveis",
            ],
        ),
        ("bybit", ["System-generated API Keys", "Read-Write", "Only IPs with permissions granted"]),
    ],
)
def test_the_way_is_told_in_the_exchanges_own_words(alice: Account, exchange: str, words: list[str]) -> None:
    page = Browser().sign_in(alice).open("exchange_keys")
    page.app.selectbox("key_form.exchange").select(exchange)
    page.app.selectbox("key_form.environment").select("live")
    text = page.run().text
    for word in words:
        assert word in text


def test_each_exchange_and_environment_has_a_guide(alice: Account) -> None:
    Browser().sign_in(alice).open()
    guides = {guidance(exchange, env) for exchange in ("binance", "bybit") for env in ("testnet", "live")}
    assert len(guides) == 4
