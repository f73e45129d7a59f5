"""A page walked through by keyboard: what Tab reaches, and what a screen reader is told of it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

MOST_STOPS = 150
"""More than any page has; a page that takes the keyboard prisoner is found out."""

STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const under = one.closest('.skip') ? box.top >= 0 : true;
  return {
    what: one.outerHTML.slice(0, 100),
    ringed: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    seen: under && box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    twice: one.dataset.walked === 'yes' || (one.dataset.walked = 'yes', false),
  };
}"""


@dataclass(frozen=True)
class Stop:
    """Where Tab came to: the element, whether its focus can be seen, and whether it can."""

    what: str
    ringed: bool
    seen: bool


def stops(page: Page) -> list[Stop]:
    """All places that Tab reaches, in order, until it comes to one again or leaves the page.

    A field of several parts (a date) is reached once for each and counted once.
    """
    found: list[Stop] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stop["twice"] and stop["what"] != found[-1].what):
            return found
        if not stop["twice"]:
            found.append(Stop(stop["what"], stop["ringed"], stop["seen"]))
    raise AssertionError(f"Tab does not come to an end: {found[-5:]}")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until this has the focus."""
    for _ in range(MOST_STOPS):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def nameless(page: Page) -> list[str]:
    """What can have the focus, or shows something, of which a screen reader is told no name."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        f"{_value(node, 'role')} {node.get('backendDOMNodeId')}"
        for node in nodes
        if not node.get("ignored") and _needs_name(node) and not _value(node, "name").strip()
    ]


NAMED_ROLES = {"progressbar", "image", "img", "meter", "region", "navigation"}
"""What is shown by more than its text."""
UNNAMED_ROLES = {"RootWebArea", "main", "status"}
"""The page, its one main part and what is said: reached by being led there, never by Tab."""


def _needs_name(node: dict[str, Any]) -> bool:
    role = _value(node, "role")
    if role in UNNAMED_ROLES:
        return False
    focusable = any(
        one["name"] == "focusable" and one["value"].get("value")
        for one in node.get("properties", [])
    )
    return focusable or role in NAMED_ROLES


def _value(node: dict[str, Any], key: str) -> str:
    return str(node.get(key, {}).get("value", ""))
