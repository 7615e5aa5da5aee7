"""Imports point one way, nothing heavy is loaded before it is needed, and nothing saved is ever run as code."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "nnrun"
FILES = sorted(PACKAGE.rglob("*.py"))

# What each folder of the package may import from the others, at its top or inside a function.
MAY_IMPORT = {
    "characters": set(),
    "errors": {"characters"},
    "garbage": set(),
    "reading": {"errors"},
    "streams": set(),
    "arm": {"errors"},
    "engine": {"errors", "streams"},
    "parts": {"errors", "arm", "reading", "streams"},
    "runs": {"characters", "errors", "garbage", "reading"},
    "config": {"errors", "parts", "reading", "runs", "tasks"},
    "report": {"characters", "errors", "engine", "runs"},
    "bundle": {"characters", "errors", "engine", "parts"},
    "tasks": {"errors", "parts", "bundle", "runs", "report"},
    "training": {
        *("errors", "config", "engine", "parts", "bundle", "reading", "runs", "report", "tasks"),
        "garbage",
    },
    "sweeps": {
        *("errors", "config", "engine", "parts", "runs", "report", "tasks", "training", "garbage"),
    },
    "integrations": {"errors", "report", "runs"},  # what runs leave, and where a line is told
    "cli": {
        "integrations",
        "characters",
        "errors",
        "garbage",
        "config",
        "engine",
        "parts",
        "bundle",
        "reading",
        "runs",
        "report",
        "tasks",
        "training",
        "sweeps",
    },
    "python": {
        "characters",
        "integrations",
        *("errors", "config", "engine", "bundle", "runs", "report", "training", "sweeps"),
    },
    "__init__": {"characters", "bundle", "runs", "python"},
    "__main__": {"cli"},
}
SHAPELESS = {"utils", "util", "common", "helpers", "helper", "base", "core", "misc"}
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
WITH_TORCH = (
    "engine/",
    "streams.py",
    "report/",
    "parts/model/layers/",
    "parts/model/transfer.py",
    "parts/model/sketch.py",
    "parts/model/foreign.py",
    "parts/regularisation/augmentation.py",
    "bundle/average.py",
    "bundle/bundle.py",
    "bundle/loading.py",
    "bundle/predictions.py",
    "bundle/tables.py",
    "training/",
    "sweeps/__main__.py",
    "sweeps/worker.py",
    "sweeps/forecast.py",
)


def name(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def home(file: Path) -> str:
    """The entry of MAY_IMPORT that a file belongs to: its folder in the package, or itself."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(nodes) -> Iterator[str]:
    """Every module that import statements name, and `module.name` for what they take out of one."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "the package imports by full names"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def everywhere(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def at_top(file: Path) -> list[ast.AST]:
    """What runs when the module is imported; not the bodies of functions, nor what only a type checker reads."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        found.append(node)
        for_types = isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        if not for_types and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        ):
            waiting += ast.iter_child_nodes(node)
    return found


@cache
def packages(file: Path) -> set[str]:
    """The packages that a file imports."""
    return {module.partition(".")[0] for module in imported(everywhere(file))}


@cache
def calls(file: Path) -> set[str]:
    """What a file calls, as it is written."""
    return {dotted(node.func) for node in everywhere(file) if isinstance(node, ast.Call)}


def which(wrong: Callable[[Path], object]) -> list[str]:
    """The files of the package of which something is true."""
    return [name(file) for file in FILES if wrong(file)]


def dotted(node: ast.AST) -> str:
    """`a.b.c` as it is written."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_every_module_has_its_place():
    homeless = {home(file) for file in FILES} - set(MAY_IMPORT)

    assert not homeless, "say in MAY_IMPORT what these may import"


def test_imports_point_one_way():
    def astray(file):
        modules = [
            module.split(".")[1]
            for module in imported(everywhere(file))
            if module.startswith("nnrun.")
        ]
        others = {one for one in modules if (PACKAGE / one).is_dir() or one in MAY_IMPORT}
        return others - {home(file)} - MAY_IMPORT[home(file)]

    assert which(astray) == []


def test_only_the_side_of_hydra_imports_hydra():
    importing = which(lambda file: packages(file) & {"hydra", "omegaconf"})

    assert importing
    assert [file for file in importing if not file.startswith("config/")] == []


def test_workers_load_no_hydra():
    # which looks at what was typed
    program = "import sys, nnrun.training.advice; print('hydra' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert told.stdout == "False\n"


def test_what_answers_before_training_does_not_load_torch():
    def heavy(file):
        at_once = {module.partition(".")[0] for module in imported(at_top(file))}
        return at_once & {"torch", "safetensors", "sklearn", "matplotlib"}

    loading = which(heavy)

    assert loading
    assert [file for file in loading if not file.startswith(WITH_TORCH)] == []


LIGHT = (
    *("arm", "cli", "config.compose", "config.experiment", "parts.registry", "parts.dataset"),
    *("python", "tasks"),
)


def test_importing_what_answers_before_training_loads_nothing_heavy():
    heavy = {"torch", "sklearn", "scipy", "matplotlib", "pandas", "ssl"}
    lines = (
        f"import nnrun.{module}; print('{module}', *{heavy} & {{*sys.modules}})" for module in LIGHT
    )
    program = "\n".join(["import sys", *lines])

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert told.split() == [*LIGHT]


def test_no_module_has_a_name_that_says_nothing():
    paths = [PACKAGE, *PACKAGE.rglob("*")]

    assert [name(path) for path in paths if path.stem in SHAPELESS] == []


def test_nothing_is_unpickled():
    loads = {"torch.load", "torch.jit.load", "torch.hub.load", "torch.serialization.load"}

    def words(file):
        found = [node for node in everywhere(file) if isinstance(node, ast.Call)]
        return {word.arg for node in found for word in node.keywords}

    assert which(lambda file: packages(file) & UNPICKLERS) == []
    assert which(lambda file: "allow_pickle" in words(file)) == []
    assert which(lambda file: any(call.endswith("read_pickle") for call in calls(file))) == []
    assert which(lambda file: loads & (calls(file) | {*imported(everywhere(file))})) == []


def test_no_text_becomes_code():
    code = {"eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"}

    def by_hydra(file):
        return any(module.startswith("hydra.utils") for module in imported(everywhere(file)))

    assert which(lambda file: calls(file) & code) == []
    assert which(lambda file: any(call.endswith("instantiate") for call in calls(file))) == []
    assert which(by_hydra) == []


def test_a_module_is_imported_by_name_only_from_the_lists_of_parts_and_of_verbs():
    def importing(file):
        return any(dotted(node).endswith("import_module") for node in everywhere(file))

    found = which(importing)

    assert found == ["cli/verbs.py", "parts/registry.py"]


# What no class of this package could say, asked in these files and no others.
ASKED_BY_NAME = {
    "engine/cores.py": "os.sched_getaffinity is Linux's alone",
    "runs/record.py": "yaml has its quick dumper only where libyaml is",
    "parts/dataset/text.py": "errors of files and of decoders have no class in common",
    "parts/dataset/images.py": "errors of sockets and of HTTP have no class in common",
    "parts/dataset/fetched.py": "errors of sockets and of HTTP have no class in common",
}


def test_nobody_asks_whether_a_part_has_something():
    def asked(node):
        return (
            isinstance(node, ast.Call)
            and dotted(node.func) in ("hasattr", "getattr")
            and len(node.args) > 1
            and isinstance(node.args[1], ast.Constant)
        )

    asking = which(lambda file: any(map(asked, everywhere(file))))

    assert {*asking} - {*ASKED_BY_NAME} == set()


# Who may ask what a landscape or an arm is: modules about one, and the two lists of all tasks.
ASKING = {
    "landscape": (
        "parts/dataset/data.py",
        "parts/dataset/landscape.py",
        "parts/loss/landscape.py",
        "parts/model/point.py",
        "tasks/__init__.py",
        "tasks/landscape.py",
    ),
    "arm": (
        "arm/kinematics.py",
        "parts/dataset/arkoma.py",
        "parts/dataset/arkoma_files.py",
        "parts/dataset/arm_metrics.py",
        "parts/loss/pose.py",
    ),
}


@pytest.mark.parametrize("word", ASKING)
def test_no_other_module_asks_whether_data_are_a_landscape_or_of_an_arm(word):
    asking = {
        name(file)
        for file in FILES
        for node in everywhere(file)
        if (isinstance(node, ast.Constant) and node.value == word)
        or (isinstance(node, ast.Attribute) and node.attr == word)
    }

    assert asking <= set(ASKING[word])
