"""The unit that a heading or a cell names, wherever it stands."""

import re
import unicodedata
from functools import cache

from data.units import SPELLINGS, spelled

_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_NUMBER = re.compile(r"^[+-]?\d[\d.,' ]*\s*(?=\D)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=(?:[kMGT]?Wh?|[km]?L|m3)$)|(?<=[a-z])(?=[A-Z][A-Za-z]*$)")
_MANY = re.compile(
    r"x?10+([.,]000)*s?|hundreds?|thousands?|millions?|hundert|tausend|tsd|mio|mille|mila|miles|"
    r"duizend|x"
)
"""What makes of a unit another one: "in 1000 m3"."""
_SPLIT = re.compile(r"[\s_,;:|.\-–—+]+")

_IN = frozenset({
    "in", "en", "em", "i", "w", "v", "ve", "an", "à", "per"
})  # fmt: skip
"""What stands before a unit: "Verbrauch in kWh", "Volume en L"."""

# Alone and without brackets these may be something else: a phase, a gateway, "cumulated", a mean.
_SHORT = frozenset({
    "l", "w", "v", "mw", "gw", "mc", "cf", "cum", "dl", "cl", "hl", "ml", "mld", "j", "kj", "mj",
    "gj", "cmd", "lt", "l/m"
})  # fmt: skip
_POWER = re.compile(
    r"power|load|demand|leistung|lastgang|puissance|potenza|potencia|potência|vermogen|effekt|"
    r"teho|moc|v[ýy]kon|"
    r"energ|consum|verbrauch|usage|import|export|watt"
)  # fmt: skip
_VOLUME = re.compile(
    r"vol|water|wasser|flow|eau|acqua|agua|água|vatten|vann|vand|vesi|woda|vod[ay]|víz|"
    r"durchfluss|d[ée]bit|portata|"
    r"caudal|debiet|abfluss|consum|verbrauch|verbruik|usage|gas"
)  # fmt: skip
_POWERS = frozenset({"W", "MW", "GW", "J", "kJ", "MJ", "GJ"})  # fmt: skip

_SYMBOL = re.compile(r"(?<![Pp]hase)(?<![Pp]h)(?<=[A-Za-z]{2})_([MG]?W)$")
"""Behind an underscore, as databases and grid operators name columns: mean_W, PJME_MW."""

_REACTIVE_UNIT = re.compile(r"(?<![a-z])[kmg]?(var|va)(h|s|_?h)?(?![a-z])", re.IGNORECASE)
_REACTIVE_WORD = re.compile(
    r"reactive|r[ée]active?|reattiv|reactiv|reaktiv|blind(arbeit|leistung|energie|strom|"
    r"verbrauch)|biern|jalov|loisteho|"
    r"reatív|medd[őo]|(apparent|scheinbare?|aparente?|apparente)[ _]?(power|energy|leistung|"
    r"energi|puissance|potenza)|"
    r"(puissance|potenza|potencia|energia|[ée]nergie)[ _](apparente|aparente)|schein(leistung|"
    r"arbeit|energie)"
)  # fmt: skip
_MONEY = re.compile(
    r"[€$£¥]|(?<![a-z])(eur|euros?|usd|gbp|chf|aud|nzd|cad|sek|nok|dkk|pln|czk|huf|zar|inr|pence|"
    r"cents?|zł|"
    r"prices?|pricing|costs?|bill amount|amount due|kosten|preis|betrag|entgelt|gebühr|prix|"
    r"coûts?|cout|"
    r"montant|costo|costi|prezzo|importo|coste|precio|importe|preço|custo|valor total|prijs|"
    r"bedrag|kostnad|pris|hinta|"
    r"cena|koszt|náklady|ár|vat|mwst|tax)(?![a-zà-ÿ0-9])|(?<![a-z])(ct|p|c|rp|kr|ft)/|[(\[](ct|p|"
    r"c|rp|kr|ft)[)\]]"
)  # fmt: skip
_CHARGE = re.compile(r"(?<![a-z])(charges|fees?)(?![a-z])")
"""Of money, unless a unit follows: batteries are charged too."""
_OTHER = frozenset({
    "%", "a", "amp", "amps", "ampere", "volt", "volts", "°c", "°f", "ºc", "c", "f", "k", "v", "mv",
    "kv", "ma", "hz", "bar", "mbar", "psi", "kpa",
    "pa", "ppm", "rh", "kwp", "wp", "kva", "kg", "co2", "kgco2", "kgco2e", "gco2", "g", "kg/kwh",
    "g/kwh", "therm", "therms", "thm", "btu", "mbtu", "mmbtu", "dth", "w/m2", "w/m^2", "kwh/m2",
    "kwh/kwp", "mm", "cm", "m", "km", "km/h", "m/s", "mph", "°", "deg", "min", "h", "s", "days",
    "tage"
})  # fmt: skip


def unit_in(name: str) -> str | None:
    """The unit that a heading names, as `data.units` spells it; None where it names none.

    The last bracket that is a unit counts, a total before it does not; else a word of the name.
    None too for money and for reactive energy, see `is_money` and `is_reactive`.
    """
    text = _normal(name)
    if is_reactive(name) or is_money(name):
        return None
    if len(text.strip()) > 1 and (whole := _known(text.strip())):
        return whole
    for content in reversed(_BRACKETS.findall(text)):
        found = (
            unit_of_cell(content)
            or _phrase(content.lower())  # "kilowatt-hours", whose first word is a unit too
            or _among(_SPLIT.split(content), inside=True)
        )
        if found:
            return found
    outside = _BRACKETS.sub(" ", text)
    if symbol := _SYMBOL.search(outside.strip()):
        return _known(symbol[1])
    return _phrase(outside.lower()) or _among(_words(outside))


def unit_of_cell(text: str) -> str | None:
    """The unit that a cell is, brackets, a number and "in" before it aside; None for all else."""
    inner = _normal(text).strip().strip("()[]{}").strip()
    if whole := _known(inner):
        return whole
    number = _NUMBER.match(inner)
    if number and _MANY.fullmatch(number.group().strip()):
        return None
    inner = inner[number.end() :] if number else inner
    first, _, rest = inner.partition(" ")
    return _known(inner) or (_known(rest) if first.lower() in _IN else None)


def is_reactive(name: str) -> bool:
    """Whether a heading speaks of reactive or apparent energy or power: kvarh, VA, Blindarbeit."""
    text = _normal(name)
    if _REACTIVE_WORD.search(text.lower()):
        return True
    places = [*_BRACKETS.findall(text), *(word for word in _words(text) if len(word) > _SHORTEST)]
    return any(_REACTIVE_UNIT.fullmatch(place.strip()) for place in places)


def is_money(name: str) -> bool:
    """Whether a heading speaks of money: "Cost (EUR)", "ct/kWh", "Total Charges"."""
    text = _normal(name).lower().replace("_", " ")
    if _CHARGE.search(text):
        return not any(unit_of_cell(content) for content in _BRACKETS.findall(text))
    return bool(_MONEY.search(text))


def is_other(name: str) -> bool:
    """Whether a heading has a unit of something else in brackets: %, °C, V, Hz, therms."""
    contents = [content.strip().lower() for content in _BRACKETS.findall(_normal(name))]
    return any(content in _OTHER for content in contents) and unit_in(name) is None


_SHORTEST = 3
"""Letters of what is reactive outside brackets: "var" and "VA" may be other words."""


def _normal(text: str) -> str:
    """One spelling of signs: m³ and ㎥ are m3; NBSP is a blank."""
    return unicodedata.normalize("NFKC", text.replace("º", "°")).replace("\u200b", "")


def _known(word: str) -> str | None:
    plain = " ".join(word.lower().split())
    return spelled(word) if plain in SPELLINGS else None


def _words(text: str) -> list[str]:
    """Words between blanks and signs; the last one also behind a small letter: "usageKWh"."""
    words: list[str] = []
    for word in filter(None, _SPLIT.split(text)):
        *front, last = _CAMEL.split(word)
        whole = not front or _known(word) or _glued(word)
        words += [word] if whole else ["".join(front), last]
    return words


def _among(words: list[str], *, inside: bool = False) -> str | None:
    """The last of some words that is a unit, and can't be anything else there."""
    for at in range(len(words) - 1, -1, -1):
        word = words[at]
        found = _known(word) or _glued(word)
        if found is None:
            continue
        before = words[at - 1].lower() if at else ""
        if _MANY.fullmatch(before):
            return None
        if word.lower() not in _SHORT or before in _IN:
            return found
        kind = _POWER if found in _POWERS else _VOLUME
        last = at == len(words) - 1
        if last and not inside and kind.search(" ".join(words[:at]).lower()):
            return found
    return None


def _glued(word: str) -> str | None:
    """The unit at the end of a word or behind a stroke: "verbrauchkwh", "Verbrauch/kWh"."""
    if match := re.search(r"[kmg]?wh$", word.lower()):
        front = word[: match.start()]
        plain = front.isalpha() and front.isascii()
        if plain and len(front) > _SHORTEST and len(match.group()) > len("wh"):
            return _known(match.group())
        if plain and len(front) > 1 and match.group() == "wh" and word.islower():
            return "Wh"  # "enwh" of Enphase
    front, stroke, last = word.rpartition("/")
    if (
        stroke
        and len(front) > _SHORTEST
        and (_POWER.search(front.lower()) or _VOLUME.search(front.lower()))
    ):
        return _known(last)
    return None


@cache
def _phrases() -> re.Pattern[str]:
    several = sorted((name for name in SPELLINGS if " " in name), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, several))})(?!\w)")


def _phrase(name: str) -> str | None:
    """A unit of several words, such as "cubic feet"."""
    match = _phrases().search(" ".join(re.sub(r"[_\-]", " ", name).split()))
    return _known(match.group()) if match else None
