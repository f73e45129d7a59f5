"""How the command looks: one console, one kind of table, one progress bar."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

console = Console()


def grid(*columns: Column | str) -> Table:
    """The one look of a table: no frames, which would take a quarter of 80 columns."""
    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))


def utc(instant: str | None) -> str:
    """An instant of the API, which is UTC, as a person writes it: to the minute."""
    return instant[:16].replace("T", " ") if instant else "–"


def progress_bar() -> Progress:
    """The one look of a progress bar in this command."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    )
