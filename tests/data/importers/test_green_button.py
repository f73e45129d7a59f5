"""Green Button feeds (ESPI)."""

from typing import Any

import pytest

from config.errors import InvalidReadings
from tests.data.importers.sheets import taken

START = 1714694400  # 2024-05-03T00:00Z
ATOM, ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"


def kind(**facts: Any) -> str:
    told = {
        "accumulationBehaviour": 4,
        "flowDirection": 1,
        "intervalLength": 900,
        "powerOfTenMultiplier": 0,
        "uom": 72,
    } | facts
    return (
        f'<ReadingType xmlns="{ESPI}">'
        + "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
        + "</ReadingType>"
    )


def block(values: list[Any], step: int = 900, start: int = START) -> str:
    readings = "".join(
        f"<IntervalReading><cost>9</cost><ReadingQuality><quality>8</quality></ReadingQuality><timePeriod><duration>{step}</duration><start>{start + at * step}</start></timePeriod><value>{value}</value></IntervalReading>"
        for at, value in enumerate(values)
    )
    return f'<IntervalBlock xmlns="{ESPI}"><interval><duration>{step * len(values)}</duration><start>{start}</start></interval>{readings}</IntervalBlock>'


def entry(
    content: str, own: str = "", up: str = "", related: tuple[str, ...] = (), title: str = ""
) -> str:
    links = "".join(
        f'<link rel="{rel}" href="{href}"/>'
        for rel, href in [("self", own), ("up", up), *(("related", one) for one in related)]
        if href
    )
    return f"<entry>{links}{f'<title>{title}</title>' if title else ''}<content>{content}</content></entry>"


def meter(number: int, kinds: str, point: str = "U/1", title: str = "") -> str:
    own = f"{point}/MeterReading/{number}"
    return entry(
        f'<MeterReading xmlns="{ESPI}"/>',
        own,
        f"{point}/MeterReading",
        (f"{own}/IntervalBlock", kinds),
        title,
    )


def blocks(number: int, values: list[Any], point: str = "U/1", **more: Any) -> str:
    up = f"{point}/MeterReading/{number}/IntervalBlock"
    return entry(block(values, **more), f"{up}/1", up)


POINT = entry(
    f'<UsagePoint xmlns="{ESPI}"><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>',
    "U/1",
    title="Haus",
)


def feed(*entries: str) -> str:
    return f'<?xml version="1.0"?>\n<!-- hello -->\n<feed xmlns="{ATOM}"><title>Feed</title>{"".join(entries)}</feed>'


def row(
    at: int,
    value: str,
    unit: str = "Wh",
    register: str = "import",
    whose: str = "Haus",
    step: int = 15,
) -> list[str]:
    minutes = at * step
    return [f"2024-05-03T{minutes // 60:02}:{minutes % 60:02}:00Z", value, unit, register, whose]


SIMPLE = feed(POINT, meter(1, "T/1"), entry(kind(), "T/1"), blocks(1, [300, 301]))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SIMPLE, id="plain"),
        pytest.param("\ufeff" + SIMPLE, id="with a mark"),
        pytest.param(
            feed(POINT, blocks(1, [300, 301]), meter(1, "T/1"), entry(kind(), "T/1")),
            id="kinds after readings",
        ),
        pytest.param(
            SIMPLE.replace("<entry>", "<a:entry>")
            .replace("</entry>", "</a:entry>")
            .replace("<feed xmlns=", "<a:feed xmlns:a=")
            .replace("</feed>", "</a:feed>")
            .replace("<link", "<a:link")
            .replace("title>", "a:title>")
            .replace("content>", "a:content>")
            .replace("<a:title>", "<a:title>")
            .replace("</a:title>", "</a:title>"),
            id="with prefixes",
        ),
        pytest.param(
            feed(POINT, entry(kind(), "T/9"), entry(block([300, 301]))), id="without links"
        ),
    ],
)
def test_readings_of_one_kind(text: str) -> None:
    found = taken(text)
    assert found.rows == [row(0, "300"), row(1, "301")]
    assert found.heading == ("time", "value", "unit", "register", "meter")
    assert found.facts == {"resolution": "PT15M", "zone": "UTC"}
    assert (found.form, found.typed, found.lines) == ("espi", True, [1, 2])


def test_prefixed_elements() -> None:
    text = SIMPLE.replace(f' xmlns="{ESPI}"', "")
    for name in (
        "UsagePoint",
        "ServiceCategory",
        "MeterReading",
        "ReadingType",
        "IntervalBlock",
        "IntervalReading",
        "timePeriod",
        "value",
        "start",
        "duration",
        "uom",
        "flowDirection",
        "powerOfTenMultiplier",
    ):
        text = (
            text.replace(f"<{name}>", f"<e:{name}>")
            .replace(f"<{name}/>", f"<e:{name}/>")
            .replace(f"</{name}>", f"</e:{name}>")
        )
    assert taken(text.replace("<feed", f'<feed xmlns:e="{ESPI}"')).rows == [
        row(0, "300"),
        row(1, "301"),
    ]


@pytest.mark.parametrize(
    ("facts", "values", "wanted"),
    [
        ({"powerOfTenMultiplier": 3}, [1, 25], [("1000", "Wh"), ("25000", "Wh")]),
        ({"powerOfTenMultiplier": -3}, [1, 25], [("0.001", "Wh"), ("0.025", "Wh")]),
        ({"uom": 38}, [5], [("5", "W")]),
        ({"uom": 42}, [5], [("5", "m3")]),
        ({"uom": 119}, [5], [("5", "ft3")]),
        ({"uom": 128}, [5], [("5", "gal")]),
        ({"uom": 134}, [5], [("5", "L")]),
        ({"uom": 73}, [5], [("5", "varh")]),
        ({}, [-5, "", "1.5", "x"], [("-5", "Wh"), ("", "Wh"), ("1.5", "Wh"), ("x", "Wh")]),
        ({"powerOfTenMultiplier": "x"}, [5], [("5", "Wh")]),
    ],
)
def test_values_in_their_unit(
    facts: dict[str, Any], values: list[Any], wanted: list[tuple[str, str]]
) -> None:
    found = taken(feed(POINT, meter(1, "T/1"), entry(kind(**facts), "T/1"), blocks(1, values)))
    assert [(cells[1], cells[2]) for cells in found.rows] == wanted


def test_directions_and_meters_are_told_apart() -> None:
    other = entry(f'<UsagePoint xmlns="{ESPI}"/>', "U/2")
    text = feed(
        POINT, other,
        meter(1, "T/1"), meter(2, "T/2"), meter(1, "T/1", "U/2"),
        entry(kind(), "T/1"), entry(kind(flowDirection=19), "T/2"),
        blocks(1, [1]), blocks(2, [2]), blocks(1, [3], "U/2"),
    )  # fmt: skip
    assert taken(text).rows == [row(0, "1"), row(0, "2", register="export"), row(0, "3", whose="2")]


def test_kinds_of_one_direction_are_told_apart_by_more() -> None:
    text = feed(
        POINT, meter(1, "T/1", title="Quarters"), meter(2, "T/2", title="Days"),
        entry(kind(), "T/1"), entry(kind(intervalLength=86400), "T/2"),
        blocks(1, [1]), blocks(2, [96], step=86400),
    )  # fmt: skip
    assert [cells[3] for cells in taken(text).rows] == [
        "import Quarters Wh 900 s",
        "import Days Wh 86400 s",
    ]
    assert "resolution" not in taken(text).facts


@pytest.mark.parametrize("behaviour", [1, 2, 3, 9])
def test_counts_are_called_so(behaviour: int) -> None:
    found = taken(
        feed(
            POINT,
            meter(1, "T/1"),
            entry(kind(accumulationBehaviour=behaviour), "T/1"),
            blocks(1, [5, 6]),
        )
    )
    assert found.facts["counter"] == "values only count up (import)"


def test_readings_without_a_time_follow_each_other() -> None:
    text = SIMPLE.replace(f"<start>{START + 900}</start>", "")
    assert taken(text).rows == [row(0, "300"), row(1, "301")]


@pytest.mark.parametrize(
    ("step", "words"),
    [(3600, "PT1H"), (86400, "P1D"), (300, "PT5M"), (10, "PT10S"), (2_592_000, None)],
)
def test_the_step_is_said(step: int, words: str | None) -> None:
    found = taken(feed(POINT, meter(1, "T/1"), entry(kind(), "T/1"), blocks(1, [5, 6], step=step)))
    assert found.facts.get("resolution") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            feed(POINT, meter(1, "T/1"), entry(kind(uom=169), "T/1"), blocks(1, [5])),
            "gas",
            id="therms",
        ),
        pytest.param(
            feed(POINT, meter(1, "T/1"), entry(kind(uom=65), "T/1"), blocks(1, [5])),
            "uom 65",
            id="a power factor",
        ),
        pytest.param(feed(POINT), "no readings in this Green Button", id="no readings"),
        pytest.param(
            '<?xml version="1.0"?><Price xmlns="x"><a/></Price>', r"XML \(Price\)", id="other XML"
        ),
        pytest.param(feed(POINT, blocks(1, [5])), "does not say what", id="no kind"),
        pytest.param(
            feed(POINT, entry(kind(), "T/1"), entry(kind(), "T/2"), blocks(1, [5])),
            "Which of the 2",
            id="no link to a kind",
        ),
        pytest.param(SIMPLE[:-40], "broken", id="cut"),
        pytest.param(
            SIMPLE.replace("<feed", "<!DOCTYPE feed><feed", 1), "document type", id="DOCTYPE"
        ),
        pytest.param(
            SIMPLE.replace(
                "<feed", '<!DOCTYPE feed [<!ENTITY a SYSTEM "file:///etc/passwd">]><feed', 1
            ).replace("300", "&a;"),
            "document type",
            id="an external entity",
        ),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidReadings, match=words) as refused:
        taken(text)
    assert refused.value.hint


def test_many_readings_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.importers.containers.espi.reading.BLOCK_ROWS", 10)
    found = taken(feed(POINT, meter(1, "T/1"), entry(kind(), "T/1"), blocks(1, list(range(35)))))
    assert [cells[1] for cells in found.rows] == [str(at) for at in range(35)]
    assert found.lines == list(range(1, 36))
    assert len(found.fractions) == 4
