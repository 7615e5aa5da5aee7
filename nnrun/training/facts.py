"""What a run's numbers depend on besides its configuration, as its record tells."""

from typing import Any

import torch

from nnrun.config.experiment import Experiment


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
        "rows": {name: len(rows) for name, rows in experiment.rows.items()},
        "columns": len(experiment.data.columns),
        "data_sha256": experiment.prepared.digest,
    }


def cuda_facts(device: torch.device) -> dict[str, Any]:
    """Name the GPU, and the libraries that compute on it."""
    versions = {"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}
    return {"gpu": torch.cuda.get_device_name(device), **versions}
