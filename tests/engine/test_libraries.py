"""torch's largest library can be loaded before torch."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from nnrun.engine.libraries import begin_loading
begin_loading().join()
print("libtorch_cpu" in open("/proc/self/maps").read(), "torch" in sys.modules)
"""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="nobody tells what is loaded")
def test_libraries_are_loaded_before_torch():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)

    assert (told.stdout, told.stderr) == ("True False\n", "")
