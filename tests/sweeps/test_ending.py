"""What a sweep loads for its end while nobody waits."""

import subprocess
import sys

import pytest

AT_THE_END = """
import sys
from types import SimpleNamespace
from nnrun.sweeps.ending import get_ready
jobs = [SimpleNamespace(config={{"output": {{"pictures": {pictures}}}}})]
get_ready(SimpleNamespace(ledger=SimpleNamespace(jobs=jobs)))
before = set(sys.modules)
from nnrun.report.pictures.sweep_curves import sweep_curves
from nnrun.report.pictures.sweep_scores import picture
from scipy.special import fdtrc
print(any(name.startswith(("matplotlib", "scipy")) for name in set(sys.modules) - before))
"""


@pytest.mark.parametrize("pictures", [True, False])
def test_what_the_end_takes_is_there_by_then_if_there_will_be_pictures(pictures):
    code = AT_THE_END.format(pictures=pictures)

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert told.stdout == f"{not pictures}\n", told.stderr
