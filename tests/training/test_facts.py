"""What a record tells of the machine."""

import pytest

from nnrun.training.facts import driver


@pytest.mark.parametrize(
    ("told", "version"),
    [
        (
            "NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023",
            "535.104.05",
        ),
        ("NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build", "550.54.14"),
        ("something else", None),
    ],
)
def test_the_driver_of_a_gpu_is_read_where_the_system_tells_it(told, version, tmp_path):
    (tmp_path / "version").write_text(f"NVRM version: {told}\nGCC version:  gcc 12.2.0\n")

    assert driver(tmp_path / "version") == version
    assert driver(tmp_path / "none") is None
