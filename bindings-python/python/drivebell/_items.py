"""The type parameter of resources, batches and streams: the class of their items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._native import DriveItem, ListItem

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Item_co = TypeVar(
        "Item_co", bound=DriveItem | ListItem, covariant=True, default=DriveItem | ListItem
    )
else:
    # Defaults are known to Python 3.13 and to type checkers.
    from typing import TypeVar

    Item_co = TypeVar("Item_co", bound=DriveItem | ListItem, covariant=True)
