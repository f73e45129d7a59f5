"""Write `docs/command-line.md` from the commands themselves: `python -m cli.reference`."""

from collections.abc import Iterator
from inspect import cleandoc

import click

from cli import energy
from config import ROOT

PAGE = ROOT / "docs" / "command-line.md"

HEAD = """\
# The `energy` command

Written from the commands themselves by `python -m cli.reference`; do not edit.

`import`, `demo`, `meters`, `weather`, `backup`, `restore` and `doctor` work on the stores and need
no API; the others talk to the API that `API_HOST` and `API_PORT` name, with the key in
`ENERGY_API_KEY` where it asks for one.

Exit codes: 0 done; 1 it failed, and the last line says why and what to do; 2 the command was not
understood.
"""


def page() -> str:
    """All commands with their options, as Markdown."""
    context = click.Context(energy, info_name="energy")
    return "\n".join([HEAD, *_commands(energy, context, level=2)]).rstrip() + "\n"


def _commands(group: click.Group, context: click.Context, *, level: int) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        yield f"{'#' * level} `{inner.command_path}`\n"
        yield _help(command) + "\n"
        yield f"Usage: `{' '.join([inner.command_path, *command.collect_usage_pieces(inner)])}`\n"
        options = [one for one in command.get_params(inner) if isinstance(one, click.Option)]
        shown = [one.get_help_record(inner) for one in options if "--help" not in one.opts]
        if any(shown):
            yield "| option | |\n|---|---|"
            for record in filter(None, shown):
                yield f"| `{_cell(record[0])}` | {_cell(record[1])} |"
            yield ""
        if isinstance(command, click.Group):
            yield from _commands(command, inner, level=level + 1)


def _help(command: click.Command) -> str:
    """The help text; what click is told not to wrap (after \\b) becomes a block."""
    paragraphs = cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(
        f"```text\n{part.strip()[1:].strip()}\n```"
        if part.strip().startswith("\b")
        else part.strip()
        for part in paragraphs
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
