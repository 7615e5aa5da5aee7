"""The folders that this process works on, for whoever has to tell how to go on with them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

claims: list["Path"] = []
