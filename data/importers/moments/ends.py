"""Whether a heading says that its times are those at which intervals end, or begin."""

import re
import unicodedata

# English, German, French, Italian, Spanish, Dutch, Polish, Portuguese, Swedish, Norwegian, Danish,
# Finnish, Czech, Hungarian. Whole words without accents.
_ENDS = frozenset({
    "asti", "ate", "bis", "eind", "einddatum", "einde", "eindtijd", "end", "enddate", "enddatum",
    "ende", "ended", "ending", "ends", "endtime", "enduhrzeit", "endzeit", "endzeitpunkt", "fim",
    "fin", "final", "fine", "fino", "hasta", "he", "konca", "konec", "koniec", "loppu",
    "loppuaika", "paattymisaika", "paattyy", "slut", "slutdato", "slutt", "sluttid", "t/m",
    "termine", "termino", "through", "thru", "till", "tm", "until", "veg", "vege"
})  # fmt: skip
_STARTS = frozenset({
    "aanvang", "alkaa", "alkamisaika", "alku", "alkuaika", "anfang", "begin", "begindatum",
    "beginn", "beginning", "beginnzeit", "begins", "begintijd", "borjan", "comienzo", "dal",
    "debut", "depuis", "desde", "fran", "from", "inicio", "inizio", "kezdet", "kezdete", "kezdo",
    "poczatek", "start", "startdate", "startdato", "startdatum", "started", "starting", "starts",
    "starttid", "starttime", "startuhrzeit", "startzeit", "vanaf", "zacatek"
})  # fmt: skip
# These say so only as the first or the last word: "Data da leitura" is the date of a reading.
_ENDS_AT_EDGE = frozenset({
    "al", "alle", "au", "do", "ig", "til", "till", "to", "tot"
})  # fmt: skip
_STARTS_AT_EDGE = frozenset({
    "ab", "da", "dalle", "du", "fra", "od", "van", "von"
})  # fmt: skip
# "Start" or "end" of something else than the time; "to date" is up to now.
_OTHER = re.compile(r"\b(to date|front end|week ?end|end user|trend|from grid|to grid|year to)\b")


def says_end(name: str) -> bool | None:
    """True where a heading says that times are ends, False for beginnings, None where neither.

    None too where it says both, as one does over two ends in a cell: "From - to".
    """
    text = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    text = "".join(sign for sign in text if not unicodedata.combining(sign)).lower()
    text = _OTHER.sub(" ", text.replace("ø", "o").replace("ł", "l"))
    words = re.findall(r"[a-z]+(?:/[a-z]\b)?", re.sub(r"[(\[].*?[)\]]|_", " ", text))
    edges = {*words[:1], *words[-1:]}
    ends = bool(_ENDS.intersection(words) or _ENDS_AT_EDGE & edges)
    starts = bool(_STARTS.intersection(words) or _STARTS_AT_EDGE & edges)
    return None if ends == starts else ends
