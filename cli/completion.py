"""`energy completion SHELL`: what a shell needs to complete commands and options."""

import click

from config.errors import EnergyError

WHERE = {
    "bash": "energy completion bash > ~/.local/share/bash-completion/completions/energy",
    "zsh": "energy completion zsh > ~/.zfunc/_energy   # with fpath+=~/.zfunc in ~/.zshrc",
    "fish": "energy completion fish > ~/.config/fish/completions/energy.fish",
}


@click.command(epilog="\b\n" + "\n".join(WHERE.values()))
@click.argument("shell", type=click.Choice(list(WHERE)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    root = context.find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise EnergyError(f"This click has no completion for {shell}.")
    print(kind(root.command, {}, "energy", "_ENERGY_COMPLETE").source())


COMMANDS = {"completion": completion}
