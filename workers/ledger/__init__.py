"""How well each meter is forecast: the `Ledger`, its flags, and who can be trained."""

from workers.ledger.ledger import Ledger

__all__ = ["Ledger"]
