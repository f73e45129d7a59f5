"""`energy import`: files, folders or stdin, straight into the store; the API need not run."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import click

from cli.console import console, progress_bar, utc
from config import Settings, load_settings
from config.errors import EnergyError, InvalidRequest, UnknownMeter

STDIN = "-"
SUFFIXES = (".csv", ".csv.gz", ".txt", ".tsv")
METER_FACTS = ("timezone", "country", "subdivision")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--meter-type", required=True, help="Commodity, e.g. electricity or water.")
@click.option(
    "--meter-id", help="Id the meter shall have; the file's name where several are imported."
)
@click.option("--time-column", help="Column of the time; found where not given.")
@click.option("--value-column", help="Column of the value; found where not given.")
@click.option("--meter-column", help="Column that names the meter (a long file of several).")
@click.option("--wide", is_flag=True, help="Each column beside the time is a meter.")
@click.option("--timezone", help="IANA zone of naive times (the meter's, UTC); also a new meter's.")
@click.option("--unit", help="Unit of the values in the file; also the meter's where it is new.")
@click.option("--counter", is_flag=True, help="The values only count up; store the differences.")
@click.option("--interval-end", is_flag=True, help="Times mark where intervals end.")
@click.option("--country", help="ISO code for public holidays, e.g. IT.")
@click.option("--subdivision", help="Part of the country with holidays of its own, e.g. VIC.")
@click.option("--day-first/--month-first", default=None, help="How 01/02/2025 is meant.")
def import_files(paths: tuple[Path, ...], **options: Any) -> None:
    """Import readings, and weather columns where there are some, from CSV files.

    PATHS are files, folders of files, or - for standard input; gzip is recognised. A line that
    cannot be used is left out and reported, and importing again changes nothing.
    """
    settings = load_settings()
    if options["meter_type"] not in settings.meter_types:
        known = ", ".join(settings.meter_types)
        raise click.BadParameter(f"one of {known}", param_hint="--meter-type")
    files = list(_files(paths))
    several = len(files) > 1 or options["meter_column"] or options["wide"]
    if several and options["meter_id"]:
        raise click.UsageError("--meter-id names one meter, and there are several.")
    failures = 0
    for file in files:
        try:
            _import_one(settings, file, options)
        except EnergyError as error:
            if len(files) == 1:
                raise
            failures += 1
            console.print(f"{file}: {error.message} {error.hint}", style="red", markup=False)
    if failures:
        raise EnergyError(f"{failures} of {len(files)} files could not be imported.")


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.name.lower().endswith(SUFFIXES))
            if not found:
                raise click.UsageError(f"{path} holds no CSV file.")
            yield from found
        elif str(path) == STDIN or path.is_file():
            yield path
        else:
            raise click.UsageError(f"{path} does not exist.")


def _import_one(settings: Settings, file: Path, options: Mapping[str, Any]) -> None:
    from data import open_store
    from data.importers import import_table

    store = open_store(settings)
    meter = _meter(settings, store, file, options)
    source: Path | BinaryIO = sys.stdin.buffer if str(file) == STDIN else file
    with progress_bar() as bar:
        task = bar.add_task(f"Importing {file.name}", total=1.0)
        summary = import_table(
            store,
            meter,
            source,
            time_column=options["time_column"],
            value_column=options["value_column"],
            meter_column=options["meter_column"],
            wide=options["wide"],
            timezone=options["timezone"],
            day_first=options["day_first"],
            unit=options["unit"],
            counter=options["counter"],
            interval_end=options["interval_end"],
            progress=lambda fraction, rows: bar.update(task, completed=fraction),
        )
        bar.update(task, completed=1.0)
    _show(summary.to_dict())


def _meter(settings: Settings, store: Any, file: Path, options: Mapping[str, Any]) -> Any:
    """The meter of the catalogue with what was given on top; a new one is not written yet."""
    from data.changing import check_changes
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
    if meter != known:
        store.put_meter(meter)
        words = ", ".join(f"{name} {value}" for name, value in given.items())
        console.print(f"{known.key} has {words} from now on.")
    return meter


def _id_of(file: Path) -> str:
    if str(file) == STDIN:
        raise InvalidRequest("Standard input has no name.", hint="Say --meter-id ID.")
    return file.name.split(".")[0]


def _show(summary: Mapping[str, Any]) -> None:
    console.print(
        f"[bold]{', '.join(summary['meters'][:5])}[/bold]"
        f"{' …' if len(summary['meters']) > 5 else ''}:"
        f" {summary['accepted']:,} readings of {summary['rows']:,} rows stored"
        f" ({summary['replaced']:,} replaced), {summary['weather_rows']:,} with weather,"
        f" {utc(summary['first'])} to {utc(summary['last'])} UTC"
    )
    for key, words in summary["conversions"].items():
        console.print(f"  {key}: converted {words}", markup=False)
    for warning in summary["warnings"]:
        console.print(f"  {warning}", style="yellow", highlight=False, markup=False)
    for reason, count in summary["dropped"].items():
        console.print(f"  left out, {reason}: {count:,}")
    for problem in summary["problems"]:
        console.print(f"    {problem}", highlight=False, markup=False)


COMMANDS = {"import": import_files}
