"""`energy import`: files, folders or stdin, straight into the store; the API need not run."""

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import click

from cli.console import console, progress_bar, utc
from config import Settings, load_settings
from config.errors import AmbiguousFile, EnergyError, InvalidRequest, UnknownMeter

STDIN = "-"
METER_FACTS = ("timezone", "country", "subdivision")
NAMES_METERS = ("meter_column", "wide")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--meter-type", required=True, help="Commodity, e.g. electricity or water.")
@click.option(
    "--meter-id",
    help="Id the meter shall have (default: the file's name); with several meters in a file, what"
    " their ids begin with.",
)
@click.option("--time-column", help="Column of the time; a date and a time: 'Date + Time'.")
@click.option("--value-column", help="Column of the value; tariffs are added up: 'T1 + T2'.")
@click.option("--meter-column", help="Column that names the meter (a long file of several).")
@click.option("--register-column", help="Column that tells registers of a meter apart.")
@click.option("--register", help="Of these, the one to take; several are added up: 'A + B'.")
@click.option("--wide", is_flag=True, help="Each column beside the time is a meter.")
@click.option(
    "--feed-in",
    type=click.Choice(["meter", "negative", "leave"]),
    help="What becomes of energy that flows back (default: a meter of its own, ID_feed_in).",
)
@click.option("--timezone", help="IANA zone of naive times (the meter's, UTC); also a new meter's.")
@click.option("--unit", help="Unit of the values in the file; also the meter's where it is new.")
@click.option(
    "--decimal", type=click.Choice([".", ","]), help="Decimal sign; found where not given."
)
@click.option(
    "--counter/--no-counter",
    default=None,
    help="The values only count up: store the differences, or store them as they are.",
)
@click.option(
    "--interval-end/--interval-start",
    default=None,
    help="Times mark where intervals end, or start.",
)
@click.option("--country", help="ISO code for public holidays, e.g. IT.")
@click.option("--subdivision", help="Part of the country with holidays of its own, e.g. VIC.")
@click.option("--day-first/--month-first", default=None, help="How 01/02/2025 is meant.")
@click.option("--sheet", help="Sheet of a workbook, or member of an archive.")
@click.option("--path", "path", help="JSON: where the list of readings is, e.g. data.readings.")
@click.option("--resolution", help="Grid that values at odd times are put on, e.g. PT15M.")
@click.option("--dry-run", is_flag=True, help="Show how the files are read, and store nothing.")
def import_files(paths: tuple[Path, ...], **options: Any) -> None:
    """Import readings, and weather columns where there are some, from files of any common format.

    PATHS are files, folders of files, or - for standard input: delimited text, workbooks (.xlsx,
    .xls, .ods), JSON, Green Button XML, NEM12, line protocol, also in a zip or gzip. All of a file
    is read before anything is stored; one that can be read in several ways is asked about, with
    the options that answer. Importing again changes nothing.
    """
    settings = load_settings()
    if options["meter_type"] not in settings.meter_types:
        known = ", ".join(settings.meter_types)
        raise click.BadParameter(f"one of {known}", param_hint="--meter-type")
    files = list(_files(paths))
    if len(files) > 1 and options["meter_id"]:
        raise click.UsageError("--meter-id names one meter, and there are several files.")
    failures = 0
    for file in files:
        try:
            _import_one(settings, file, options)
        except AmbiguousFile as question:
            if len(files) == 1:
                _show_choices(question)
                raise
            failures += 1
            console.print(f"{file}: {question.message}", style="red", markup=False)
            _show_choices(question)
        except EnergyError as error:
            if len(files) == 1:
                raise
            failures += 1
            console.print(f"{file}: {error.message} {error.hint}", style="red", markup=False)
    if failures:
        raise EnergyError(f"{failures} of {len(files)} files could not be imported.")


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    from data.importers.formats import ENDINGS

    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file())
            readable = [p for p in inside if p.name.lower().removesuffix(".gz").endswith(ENDINGS)]
            if not readable:
                raise click.UsageError(
                    f"{path} holds no file that can be read ({' '.join(ENDINGS)})."
                )
            for other in (p for p in inside if p not in readable):
                console.print(
                    f"{other}: passed over, by its name no file of readings.", markup=False
                )
            yield from readable
        elif str(path) == STDIN or path.is_file():
            yield path
        else:
            raise click.UsageError(f"{path} does not exist.")


def _import_one(settings: Settings, file: Path, options: Mapping[str, Any]) -> None:
    from data import open_store
    from data.importers.importing import import_readings
    from data.importers.options import ImportOptions

    store = open_store(settings)
    meter = _meter(settings, store, file, options)
    source: Path | BinaryIO = sys.stdin.buffer if str(file) == STDIN else file
    with progress_bar() as bar:
        task = bar.add_task(f"Importing {file.name}", total=1.0)
        summary = import_readings(
            store,
            meter,
            source,
            ImportOptions.of({**options, "prefix": options["meter_id"]}),
            several=True,
            dry_run=options["dry_run"],
            bridge=timedelta(hours=settings.import_bridge_hours),
            progress=lambda fraction, rows: bar.update(task, completed=fraction),
        )
        bar.update(task, completed=1.0)
    _show(summary.to_dict(), dry_run=options["dry_run"])


def _meter(settings: Settings, store: Any, file: Path, options: Mapping[str, Any]) -> Any:
    """The meter of the catalogue with what was given on top; a new one is not written yet."""
    from data.editing.facts import check_changes
    from data.meters import Meter

    meter_type = options["meter_type"]
    meter_id = options["meter_id"] or _id_of(file)
    given = {name: options[name] for name in METER_FACTS if options[name] is not None}
    facts = settings.meter_types[meter_type]
    try:
        known = store.meter(meter_type, meter_id)
    except UnknownMeter:
        new = {"unit": options["unit"] or facts.unit, **given}
        check_changes(store, None, new, of=facts)
        return Meter(meter_type=meter_type, meter_id=meter_id, **new)
    zone = given.pop("timezone", known.timezone)
    if zone != known.timezone:
        console.print(
            f"Times are read in {zone}; {known.key} stays in {known.timezone}"
            f" (energy meters set --timezone changes it)."
        )
    check_changes(store, known, given, of=facts)
    meter = Meter.from_dict({**known.to_dict(), **given})
    if meter != known and not options["dry_run"]:
        store.put_meter(meter)
        words = ", ".join(f"{name} {value}" for name, value in given.items())
        console.print(f"{known.key} has {words} from now on.")
    return meter


def _id_of(file: Path) -> str:
    if str(file) == STDIN:
        raise InvalidRequest("Standard input has no name.", hint="Say --meter-id ID.")
    return file.name.split(".")[0]


def _show_choices(question: AmbiguousFile) -> None:
    from data.importers.series.questions import figures, flags

    for choice in question.detail["choices"]:
        span = f"{utc(choice['first'])} to {utc(choice['last'])} UTC"
        console.print(
            f"  {flags(choice['options'])}\n      {choice['label']}: {figures(choice)}, {span}",
            highlight=False,
            markup=False,
        )


def _show(summary: Mapping[str, Any], *, dry_run: bool) -> None:
    stored = "would be stored" if dry_run else "stored"
    console.print(
        f"[bold]{', '.join(summary['meters'][:5])}[/bold]"
        f"{' …' if len(summary['meters']) > 5 else ''}:"
        f" {summary['accepted']:,} readings of {summary['rows']:,} rows {stored}"
        f" ({summary['replaced']:,} replaced), {summary['weather_rows']:,} with weather,"
        f" {utc(summary['first'])} to {utc(summary['last'])} UTC"
    )
    for name, words in summary["assumptions"].items():
        said = f"  read as: {name.replace('_', ' ')}: {words}"
        console.print(said, style="dim", highlight=False, markup=False)
    for key, words in summary["conversions"].items():
        console.print(f"  {key}: converted {words}", markup=False)
    for warning in summary["warnings"]:
        console.print(f"  {warning}", style="yellow", highlight=False, markup=False)
    for reason, count in summary["dropped"].items():
        console.print(f"  left out, {reason}: {count:,}")
    for problem in summary["problems"]:
        console.print(f"    {problem}", highlight=False, markup=False)


COMMANDS = {"import": import_files}
