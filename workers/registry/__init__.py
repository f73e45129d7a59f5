"""Which model versions there are and which serves: the `Registry`.

A process that must not talk to the model store has `AskedRegistry`; both are a `ModelRegistry`.
"""

from workers.registry.registry import Registry
from workers.registry.remote import AskedRegistry, ModelRegistry

__all__ = ["AskedRegistry", "ModelRegistry", "Registry"]
