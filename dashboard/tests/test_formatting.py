from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.formatting import UNKNOWN, Formats, timezone_named

PORTUGUESE = Formats("pt_BR", ZoneInfo("America/Sao_Paulo"))
ENGLISH = Formats("en", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("formats", "amount", "currency", "text"),
    [
        (PORTUGUESE, "1234.56", "BRL", "R$ 1.234,56"),
        (PORTUGUESE, "-1234.565", "BRL", "-R$ 1.234,56"),
        (PORTUGUESE, "0", "BRL", "R$ 0,00"),
        (PORTUGUESE, "0.0043", "BRL", "R$ 0,0043"),
        (PORTUGUESE, "-0.0000004567", "USDT", "-0,00000046 USDT"),
        (PORTUGUESE, "20", "USDT", "20,00 USDT"),
        (
            PORTUGUESE,
            "123456789012345678901234567890.12",
            "BRL",
            "R$ 123.456.789.012.345.678.901.234.567.890,12",
        ),
        (ENGLISH, "1234.56", "BRL", "R$1,234.56"),
        (ENGLISH, "1234.56", "USDT", "1,234.56 USDT"),
    ],
)
def test_money_is_written_as_in_the_readers_country(
    formats: Formats, amount: str, currency: str, text: str
) -> None:
    assert formats.money(amount, currency) == text


def test_a_gain_shows_its_plus_and_a_loss_its_minus() -> None:
    assert PORTUGUESE.money("5", "BRL", signed=True) == "+R$ 5,00"
    assert PORTUGUESE.money("-5", "BRL", signed=True) == "-R$ 5,00"
    assert PORTUGUESE.money("0", "BRL", signed=True) == "R$ 0,00"


def test_numbers_keep_every_digit() -> None:
    assert PORTUGUESE.number("65000.12") == "65.000,12"
    assert PORTUGUESE.number("0.00018") == "0,00018"
    assert PORTUGUESE.number("1234567.000000000000000001") == "1.234.567,000000000000000001"
    assert ENGLISH.number("1E+3") == "1,000"
    assert PORTUGUESE.number("1000.5", grouped=False) == "1000,5"


def test_percentages_count_hundredths() -> None:
    assert PORTUGUESE.percent("0.9741") == "+0,97%"
    assert PORTUGUESE.percent("-0.1004", decimals=3) == "-0,100%"
    assert ENGLISH.percent("12.5") == "+12.50%"


def test_figures_without_a_unit_are_rounded() -> None:
    assert (PORTUGUESE.ratio("1234.5678"), ENGLISH.ratio("-0.005")) == ("1.234,57", "-0.00")
    assert (PORTUGUESE.share("0.625"), PORTUGUESE.share("1")) == ("62,5%", "100%")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (86_400 + 59, "1 d"),
        (1_500 * 86_400 + 7_200, "1.500 d 2 h"),
    ],
)
def test_durations_are_told_in_their_largest_units(seconds: int, text: str) -> None:
    assert PORTUGUESE.duration(seconds) == text


def test_dates_are_the_same_in_every_timezone() -> None:
    assert (PORTUGUESE.day("2026-11-20"), ENGLISH.day("2026-11-20")) == ("20/11/2026", "20 Nov 2026")
    assert (PORTUGUESE.month("2026-11-20"), ENGLISH.month("2026-11-20")) == ("nov. 2026", "Nov 2026")


def test_moments_are_told_in_the_readers_timezone() -> None:
    assert PORTUGUESE.moment("2026-11-20T17:05:09Z") == "20/11/2026 14:05"
    assert PORTUGUESE.moment("2026-11-20T17:05:09.123456Z", seconds=True) == "20/11/2026 14:05:09"
    assert ENGLISH.moment("2026-11-20T17:05:09Z") == "20 Nov 2026 17:05"


def test_what_is_unknown_is_shown_as_such() -> None:
    unknown = [ENGLISH.money(None, "BRL"), ENGLISH.number(None), ENGLISH.percent(None), ENGLISH.moment(None)]
    assert unknown == [UNKNOWN] * 4
    assert {ENGLISH.ratio(None), ENGLISH.share(None), ENGLISH.duration(None), ENGLISH.day(None)} == {UNKNOWN}


@pytest.mark.parametrize("name", [None, "", "Nowhere/Land", "../etc/passwd"])
def test_an_unusable_timezone_gives_sao_paulo(name: str | None) -> None:
    assert timezone_named(name) == ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("formats", "typed", "amount"),
    [
        (PORTUGUESE, "1.234,56", "1234.56"),
        (PORTUGUESE, " 0,1 ", "0.1"),
        (PORTUGUESE, "100.50", "100.50"),
        (PORTUGUESE, "1.000", "1000"),
        (ENGLISH, "1,234.56", "1234.56"),
        (ENGLISH, "0.1", "0.1"),
    ],
)
def test_typed_numbers_are_read_in_the_readers_way(formats: Formats, typed: str, amount: str) -> None:
    assert formats.parse_number(typed) == amount


@pytest.mark.parametrize(
    "typed", ["", "abc", "1,2,3", "NaN", "Infinity", "--1", "1e9999999", "1e-9999999", "0e9999999"]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        PORTUGUESE.parse_number(typed)


def test_what_is_shown_in_a_field_is_read_back_as_it_was() -> None:
    for formats in (PORTUGUESE, ENGLISH):
        for amount in ("1234.5678", "0.001", "1000", "1000000.5"):
            assert formats.parse_number(formats.number(amount, grouped=False)) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("90650.266666", "90.650,27"),
        ("2.25874123", "2,2587"),
        ("0.000012345678", "0,000012346"),
        (None, UNKNOWN),
    ],
)
def test_a_computed_price_has_as_many_digits_as_it_needs(amount: str | None, text: str) -> None:
    assert PORTUGUESE.price(amount) == text


def test_a_moment_of_today_needs_no_date() -> None:
    now = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert PORTUGUESE.near("2026-11-21T01:05:09Z", now) == "22:05:09"
    assert PORTUGUESE.near("2026-11-21T03:05:09Z", now) == "21/11/2026 00:05:09"
    assert PORTUGUESE.near(None, now) == "–"


@pytest.mark.parametrize(("formats", "written"), [(PORTUGUESE, "DD/MM/YYYY"), (ENGLISH, "YYYY/MM/DD")])
def test_a_day_is_typed_in_an_order_that_its_reader_knows(formats: Formats, written: str) -> None:
    assert formats.day_as_typed() == written
