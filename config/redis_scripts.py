"""Lua scripts of Redis whose keys and arguments are called by name.

Redis hands a script two lists; counted by hand, one more argument in the middle moves all that
follow. Here the names are said once, and the line that unpacks them is written from those.
"""

from collections.abc import Callable
from typing import Any

from redis import Redis


class Script:
    """A script, and the names of its keys and arguments.

    :param keys: names that the script gives its keys; all of them, as a cluster of Redis asks.
    :param args: names of what else it is called with; strings in Lua, whatever they were.
    """

    def __init__(self, source: str, *, keys: tuple[str, ...], args: tuple[str, ...] = ()) -> None:
        self.keys = keys
        self.args = args
        heads = [("KEYS", keys), ("ARGV", args)]
        unpacked = [f"local {', '.join(names)} = unpack({all})\n" for all, names in heads if names]
        self.source = "".join(unpacked) + source

    def on(self, redis: "Redis") -> Callable[..., Any]:
        """The script as a function of keywords; it is loaded when it is called first.

        The function raises TypeError where a name is missing or is not the script's.
        """
        run = redis.register_script(self.source)

        def call(**named: Any) -> Any:
            wanted = {*self.keys, *self.args}
            if wrong := wanted ^ named.keys():
                raise TypeError(f"the script takes {sorted(wanted)}: see {sorted(wrong)}")
            return run(
                keys=[named[name] for name in self.keys], args=[named[name] for name in self.args]
            )

        return call
