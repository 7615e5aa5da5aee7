"""Ways to split the rows that do not go with bags: those of a recipe give way to them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

SPLIT = "dataset.split"
BAGS = f"{SPLIT}.bags"
ENSEMBLE = "training.ensemble"
OTHERS = ("folds", "by", "column", "train", "val")  # settings of a split without bags
OTHER_KEYS = [f"{SPLIT}.{name}" for name in OTHERS]
NOTHING = (None, "null", "rest")  # values of them that say nothing of the rows
IN_BRACES = re.compile(r"(\w+)\s*:\s*([^,{}]+)")


def typed_split(words: Iterable[str]) -> str | None:
    """Find what was typed that splits the rows in another way; several values choose none yet."""
    for word in words:
        key, _, value = word.lstrip("+").partition("=")
        if key == SPLIT and (named := split_of(dict(IN_BRACES.findall(value)))):
            return named
        if key in OTHER_KEYS and value not in NOTHING and "," not in value:
            return f"{key}={value}"
    return None


def split_of(settings: Any) -> str | None:
    """Find a setting among those of a split that splits the rows in another way."""
    if isinstance(settings, Mapping):
        for name in OTHERS:
            if (value := settings.get(name)) not in NOTHING:
                return f"{SPLIT}.{name}={str(value).strip()}"
    return None


def sets_ensemble(words: Iterable[str]) -> bool:
    """Tell whether it was typed how many networks there are."""
    return any(word.lstrip("+").startswith(f"{ENSEMBLE}=") for word in words)


def keep_networks(config: DictConfig, bags: int) -> int:
    """Let an experiment without its bags train as many networks as in them."""
    networks = bags * (OmegaConf.select(config, ENSEMBLE) or 1)
    OmegaConf.update(config, ENSEMBLE, networks, force_add=True)
    return networks
