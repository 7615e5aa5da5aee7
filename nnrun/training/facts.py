"""What a run's numbers depend on besides its configuration, as its record tells."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from nnrun.config.experiment import Experiment

DRIVER = Path("/proc/driver/nvidia/version")


def facts_of(
    experiment: Experiment, device: torch.device, threads: int, together: int = 1
) -> dict[str, Any]:
    """Gather what is true of a run that is about to begin."""
    return {
        "device": str(device),
        **(cuda_facts(device) if device.type == "cuda" else {}),
        "threads": threads,
        "together": together,  # members that train side by side
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "precision": experiment.settings.training.precision,
        "flags": [*experiment.flags],
        "choices": experiment.choices,
        **({} if experiment.minutes is None else {"minutes": experiment.minutes}),
        "rows": {name: len(rows) for name, rows in experiment.rows.items()},
        "columns": len(experiment.data.columns),
        "data_sha256": experiment.digest,
        "data_files": experiment.data.files,
    }


def cuda_facts(device: torch.device) -> dict[str, Any]:
    """Name the GPU, its driver, and the libraries that compute on it."""
    versions = {"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}
    return {"gpu": torch.cuda.get_device_name(device), "driver": driver(), **versions}


def driver(told: Path = DRIVER) -> str | None:
    """Read the version of the GPU's driver, where the system tells it."""
    with suppress(OSError):
        found = re.search(r"  (\d+(\.\d+)+)  ", told.read_text(encoding="utf-8", errors="replace"))
        return found and found[1]
    return None
