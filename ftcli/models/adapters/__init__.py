"""What changes the layers of a network between the attachment of its head and the loading of weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftcli.config.schema import Model
    from ftcli.models.network import Network

# Each is called with every network, and with the section `model`, which says whether and how it is adapted. What an
# adapter adds belongs to a block of the network, so that the freezing policy and the optimizer know it.
ADAPTERS: list[Callable[[Network, Model], None]] = []
