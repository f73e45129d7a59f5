"""Months, weekdays and words around times in the languages of the files."""

import re
import unicodedata

# English, German, French, Italian, Spanish, Dutch, Portuguese, Swedish, Norwegian, Danish,
# Finnish, Polish, Czech, Hungarian; whole, in the case that follows a day, and short.
_MONTHS = (
    "january jan januar jänner jän januari janvier janv gennaio gen enero ene janeiro tammikuu "
    "tammikuuta tammi styczeń stycznia sty leden ledna led január",
    "february feb februar feber februari février févr fév febbraio febrero fevereiro fev helmikuu "
    "helmikuuta helmi luty lutego lut únor února úno február febr",
    "march mar märz mär mrz maerz mars marzo maart mrt março marts maaliskuu maaliskuuta maalis "
    "marzec marca březen března bře március márc",
    "april apr avril avr aprile abril abr huhtikuu huhtikuuta huhti kwiecień kwietnia kwi duben "
    "dubna dub április ápr",
    "may mai maggio mag mayo mei maio maj toukokuu toukokuuta touko maja květen května kvě május "
    "máj",
    "june jun juni juin giugno giu junio junho kesäkuu kesäkuuta kesä czerwiec czerwca cze červen "
    "června čvn június jún",
    "july jul juli juillet juil luglio lug julio julho heinäkuu heinäkuuta heinä lipiec lipca lip "
    "červenec července čvc július júl",
    "august aug août agosto ago augustus augusti elokuu elokuuta elo sierpień sierpnia sie srpen "
    "srpna srp augusztus",
    "september sep sept septembre settembre set septiembre setiembre setembro syyskuu syyskuuta "
    "syys wrzesień września wrz září zář szeptember szept",
    "october oct oktober okt octobre ottobre ott octubre outubro out lokakuu lokakuuta loka "
    "październik października paź říjen října říj október",
    "november nov novembre noviembre novembro marraskuu marraskuuta marras listopad listopada "
    "listopadu lis",
    "december dec dezember dez décembre déc dicembre dic diciembre dezembro desember des joulukuu "
    "joulukuuta joulu grudzień grudnia gru prosinec prosince pro",
)
_WEEKDAYS = (
    "monday mon montag mo lundi lun lunedì lunes maandag ma segunda segunda-feira seg måndag mån "
    "mandag man maanantai poniedziałek pon pondělí po hétfő h "
    "tuesday tue tues dienstag di mardi mar martedì martes dinsdag terça terça-feira ter tisdag "
    "tis "
    "tirsdag tir tiistai ti wtorek wt úterý út kedd k "
    "wednesday wed mittwoch mi mercredi mer mercoledì miércoles mié woensdag wo quarta "
    "quarta-feira "
    "qua onsdag ons keskiviikko ke środa śr středa st szerda sze "
    "thursday thu thur thurs donnerstag do jeudi jeu giovedì gio jueves jue donderdag quinta "
    "quinta-feira qui torsdag tors tor torstai to czwartek czw čtvrtek čt csütörtök cs "
    "friday fri freitag fr vendredi ven venerdì viernes vie vrijdag vr sexta sexta-feira sex "
    "fredag "
    "fre perjantai pe piątek pt pátek pá péntek p "
    "saturday sat samstag sonnabend sa samedi sam sabato sab sábado sáb zaterdag za lördag lör "
    "lørdag lør lauantai la sobota sob so szombat szo "
    "sunday sun sonntag dimanche dim domenica dom domingo zondag zo söndag sön søndag søn "
    "sunnuntai "
    "su niedziela ndz neděle ne vasárnap v"
)
# Beside a clock: "1 janvier 2024 à 13:00", "13:00 Uhr", "kl. 13:00", "1 de enero de 2024".
_FILLING = (
    "at", "um", "à", "a las", "alle ore", "alle", "ore", "om", "klo", "kl", "uhr", "às", "godz",
    "o", "v", "del", "de", "of", "hod",
)  # fmt: skip
_LEADING = (
    "von", "from", "du", "dal", "dalle", "de", "desde", "van", "od", "fra", "från", "den", "le",
    "il", "el",
)  # fmt: skip

RANGE_WORDS = (
    "bis", "to", "till", "until", "t/m", "tot", "au", "à", "a", "al", "alle", "ate", "até", "hasta",
    "til", "do", "asti", "fino al",
)  # fmt: skip
"""Between two times in a cell."""


def _bare(word: str) -> str:
    split = unicodedata.normalize("NFKD", word.replace("ł", "l").replace("ø", "o"))
    return "".join(sign for sign in split if not unicodedata.combining(sign))


MONTHS: dict[str, int] = {}
"""By name, lower case, with accents and without."""
for _number, _several in enumerate(_MONTHS, start=1):
    for _name in _several.split():
        MONTHS[_name] = MONTHS[_bare(_name)] = _number

_weekdays = sorted({*_WEEKDAYS.split(), *map(_bare, _WEEKDAYS.split())}, key=len, reverse=True)
WEEKDAY = re.compile(rf"^\(?({'|'.join(map(re.escape, _weekdays))})\b\.?\)?,?\s*(?=\d|[^\W\d_]+)")
"""At the beginning of a time."""
WEEKDAY_WITHIN = re.compile(
    r"(?<=\d)[ ,]+\(?(mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\)?\.?,?(?= )"
)
FILLING = re.compile(
    rf"(?<=[\d. ,])({'|'.join(_FILLING)})\b\.?(?=\s|$)|^({'|'.join(_LEADING)})(?= )"
)

_names = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
MONTH = rf"(?P<name>{_names})(?![^\W\d_])\.?"
"""A month in words, as part of a pattern."""
