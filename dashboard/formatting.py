"""Amounts, dates and durations as the reader's country writes them. Pure: exact strings of the API in, text out."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, get_timezone_location
from babel.numbers import NumberFormatError, format_currency, format_decimal, parse_decimal

HOME_TIMEZONE = "America/Sao_Paulo"
UNKNOWN = "–"
PRICE_DIGITS = 5
SWAPPED = str.maketrans(",.", ".,")
# More digits than any amount has; Python rounds to 28 unless told otherwise.
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
ISO_CURRENCIES = frozenset({"BRL", "USD", "EUR"})
_PATTERNS = {
    "pt_BR": ("dd/MM/yyyy HH:mm", "dd/MM/yyyy HH:mm:ss"),
    "en": ("d MMM yyyy HH:mm", "d MMM yyyy HH:mm:ss"),
}
_DAYS = {"pt_BR": "dd/MM/yyyy", "en": "d MMM yyyy"}
# As Streamlit's date field takes it. In English the year comes first: day and month stand in two orders otherwise.
_TYPED_DAYS = {"pt_BR": "DD/MM/YYYY", "en": "YYYY/MM/DD"}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def timezone_named(name: str | None) -> ZoneInfo:
    """The browser's timezone; São Paulo's where it tells none, or one that is not known here."""
    try:
        return ZoneInfo(name or HOME_TIMEZONE)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(HOME_TIMEZONE)


@dataclass(frozen=True)
class Formats:
    """How one reader's texts are written. Every method gives UNKNOWN for None."""

    locale: str
    timezone: ZoneInfo

    def timezone_name(self) -> str:
        """`São Paulo`"""
        return get_timezone_location(self.timezone, locale=self.locale, return_city=True)

    def money(self, amount: str | None, currency: str, *, signed: bool = False) -> str:
        """`R$ 1.234,56`; below a cent, as many decimals as show two digits; `signed` writes a gain's plus too."""
        if amount is None:
            return UNKNOWN
        value = Decimal(amount)
        decimals = "0" * _decimals(value)
        plus = "+" if signed and value > 0 else ""
        if currency not in ISO_CURRENCIES:
            return f"{plus}{self._write(value, f'#,##0.{decimals}')} {currency}"
        gap = " " if self.locale == "pt_BR" else ""
        with localcontext(EXACT):
            pattern = f"¤{gap}#,##0.{decimals}"
            return plus + format_currency(value, currency, pattern, self.locale, currency_digits=False)

    def number(self, amount: str | None, *, grouped: bool = True) -> str:
        """Every digit of an exact amount."""
        if amount is None:
            return UNKNOWN
        # By hand, since a chart writes thousands and Babel takes twenty times as long.
        whole, point, decimals = format(Decimal(amount), ",f" if grouped else "f").partition(".")
        decimals = decimals.rstrip("0")
        text = f"{whole}{point}{decimals}" if decimals else whole
        return text.translate(SWAPPED) if self.locale == "pt_BR" else text

    def price(self, amount: str | None) -> str:
        """A price that was computed: cents at least, and as many digits as tell it from the market's next price."""
        if amount is None:
            return UNKNOWN
        value = Decimal(amount)
        return self.number(format(round(value, max(2, PRICE_DIGITS - 1 - value.adjusted())), "f"))

    def percent(self, percentage: str | None, *, decimals: int = 2) -> str:
        """`percentage` counts hundredths: "0.1" is +0,10%. A gain's plus is written too."""
        if percentage is None:
            return UNKNOWN
        value = Decimal(percentage)
        plus = "+" if value > 0 else ""
        return plus + self._write(value, "#,##0." + "0" * decimals) + "%"

    def ratio(self, number: str | None, *, decimals: int = 2) -> str:
        """A figure without a unit, rounded: `1,87`."""
        if number is None:
            return UNKNOWN
        return self._write(Decimal(number), "#,##0." + "0" * decimals)

    def share(self, fraction: str | None) -> str:
        """ "0.625" is 62,5%."""
        return UNKNOWN if fraction is None else self._write(Decimal(fraction), "#,##0.#%")

    def duration(self, seconds: int | None) -> str:
        """The two largest units: `2 d 4 h`, `3 h 12 min`, `45 s`."""
        if seconds is None:
            return UNKNOWN
        parts, left = [], seconds
        for length, unit in _UNITS:
            count, left = divmod(left, length)
            parts.append((count, unit))
        first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
        shown = [part for part in parts[first : first + 2] if part[0] or len(parts) == first + 1]
        return " ".join(f"{self._write(Decimal(count), '#,##0')} {unit}" for count, unit in shown)

    def day(self, iso: str | None) -> str:
        """Of a date, which is the same everywhere: `20/11/2026`."""
        if iso is None:
            return UNKNOWN
        return format_date(date.fromisoformat(iso), _DAYS[self.locale], locale=self.locale)

    def day_as_typed(self) -> str:
        """How a date is typed: `DD/MM/YYYY`."""
        return _TYPED_DAYS[self.locale]

    def month(self, iso: str) -> str:
        """The month that a date lies in: `nov. 2026`."""
        return format_date(date.fromisoformat(iso), "MMM yyyy", locale=self.locale)

    def _write(self, value: Decimal, pattern: str, *, grouped: bool = True) -> str:
        with localcontext(EXACT):
            return format_decimal(value, pattern, self.locale, group_separator=grouped)

    def moment(self, iso: str | None, *, seconds: bool = False) -> str:
        """`20/11/2026 14:05`, in the reader's timezone."""
        if iso is None:
            return UNKNOWN
        pattern = _PATTERNS[self.locale][1 if seconds else 0]
        return format_datetime(datetime.fromisoformat(iso), pattern, tzinfo=self.timezone, locale=self.locale)

    def near(self, iso: str | None, now: datetime) -> str:
        """With seconds; the time alone, where it is on the day of `now`."""
        if iso is None:
            return UNKNOWN
        at = datetime.fromisoformat(iso).astimezone(self.timezone)
        is_today = at.date() == now.astimezone(self.timezone).date()
        return format_time(at, "HH:mm:ss", locale=self.locale) if is_today else self.moment(iso, seconds=True)

    def parse_number(self, typed: str) -> str:
        """The exact amount that someone typed, in their own way or with a decimal point. Raises ValueError."""
        text = typed.strip()
        try:
            value = parse_decimal(text, self.locale, strict=True)
        except NumberFormatError:
            value = _plain_decimal(text)
        # Written out, "1e9999999999" would take more memory than there is.
        if not value.is_finite() or abs(value.adjusted()) > EXACT.prec:
            raise ValueError(typed)
        return format(value, "f")


def _decimals(value: Decimal) -> int:
    below_a_cent = value and abs(value) < Decimal("0.01")
    return 1 - value.adjusted() if below_a_cent else 2


def _plain_decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
