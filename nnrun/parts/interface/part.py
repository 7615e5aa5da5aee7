"""What all parts have in common, and what one may ask of those beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from nnrun.errors import Problem, Problems
from nnrun.parts.kinds import Names, as_typed

if TYPE_CHECKING:
    from nnrun.parts.interface.dataset import Dataset
    from nnrun.parts.interface.learning import Loss
    from nnrun.parts.interface.model import Model
    from nnrun.parts.regularisation import Regularisation

T = TypeVar("T")
Reasons = dict[str, tuple[str, str]]  # settings to why they do nothing, and what to do


@dataclass_transform(frozen_default=True)
def part(cls: type[T]) -> type[T]:
    """Let a class be a part: its settings are its fields, and none of them ever changes."""
    return dataclass(frozen=True)(cls)


@dataclass(frozen=True)
class Part:
    """What a configuration names: settings, each a field, and what follows from them."""

    runs: ClassVar[Names] = ()  # settings that name a run
    varies: ClassVar[Names] = ()  # settings that may differ between members of a cohort
    added: ClassVar[Mapping[str, Any]] = {}  # settings that came later: what went without saying
    retired: ClassVar[Mapping[str, str]] = {}  # settings of earlier versions: why none reads them

    @classmethod
    def as_read_now(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Complete the settings that an earlier version wrote, and leave out what is retired."""
        kept = {key: value for key, value in values.items() if key not in cls.retired}
        return {**kept, **{key: cls.added[key] for key in cls.added if key not in kept}}

    def problem(self, setting: str, wrong: str, advice: str = "") -> Problem:
        """Tell what is wrong with one of its settings."""
        return Problem(setting, as_typed(getattr(self, setting)), wrong, advice)

    def problems(self) -> Problems:
        """Tell what is wrong with the part by itself; keys begin below its group."""
        return []

    def without_effect(self) -> Reasons:
        """Name settings, of any group, that do nothing beside this part: why, and what to do."""
        return {}

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        """Tell what it does not go with; keys are whole."""
        return []


@dataclass(frozen=True)
class ChosenParts:
    """What was chosen, for a part that does not go with everything."""

    options: Mapping[str, str]  # the one taken in each group
    task: str | None  # None until the data have been read, where only they can tell
    dataset: Dataset
    model: Model
    loss: Loss
    regularisation: Regularisation
    input_kind: str  # how inputs and targets are scaled
    target_kind: str

    def choice(self, group: str) -> str:
        """Write what was chosen from a group: model=mlp."""
        return f"{group}={self.options.get(group, '')}"

    def problem(self, group: str, wrong: str, advice: str) -> Problem:
        """Tell what is wrong with what was chosen from a group."""
        return Problem(group, self.options.get(group, ""), wrong, advice)
