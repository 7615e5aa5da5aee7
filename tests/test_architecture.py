"""Imports point one way, nothing heavy is loaded before it is needed, and nothing saved is ever run as code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "nnrun"
FILES = sorted(PACKAGE.rglob("*.py"))

# What each folder of the package may import from the others, at its top or inside a function.
MAY_IMPORT = {
    "characters": set(),
    "errors": {"characters"},
    "reading": {"errors"},
    "arm": {"errors"},
    "engine": {"errors"},
    "parts": {"errors", "arm", "reading"},
    "runs": {"characters", "errors", "reading"},
    "config": {"errors", "parts", "reading", "runs", "tasks"},
    "report": {"characters", "errors", "engine", "runs"},
    "bundle": {"characters", "errors", "engine", "parts"},
    "tasks": {"errors", "parts", "bundle", "runs", "report"},
    "training": {
        *("errors", "config", "engine", "parts", "bundle", "reading", "runs", "report", "tasks"),
    },
    "sweeps": {"errors", "config", "engine", "parts", "runs", "report", "tasks", "training"},
    "cli": {
        "characters",
        "errors",
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
        *("errors", "config", "engine", "bundle", "runs", "report", "training", "sweeps"),
    },
    "__init__": {"characters", "bundle", "runs", "python"},
    "__main__": {"cli"},
}
SHAPELESS = {"utils", "util", "common", "helpers", "helper", "base", "core", "misc"}
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
WITH_TORCH = (
    "engine/",
    "report/",
    "parts/model/layers/",
    "parts/model/transfer.py",
    "parts/model/sketch.py",
    "parts/model/foreign.py",
    "parts/regularisation/augmentation.py",
    "bundle/bundle.py",
    "bundle/loading.py",
    "bundle/predictions.py",
    "bundle/tables.py",
    "training/",
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


def dotted(node: ast.AST) -> str:
    """`a.b.c` as it is written."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_every_module_has_its_place():
    homeless = {home(file) for file in FILES} - set(MAY_IMPORT)

    assert not homeless, "say in MAY_IMPORT what these may import"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_imports_point_one_way(file):
    own = home(file)

    modules = [
        module.split(".") for module in imported(everywhere(file)) if module.startswith("nnrun.")
    ]

    others = {
        module[1] for module in modules if (PACKAGE / module[1]).is_dir() or module[1] in MAY_IMPORT
    }
    assert others - {own} <= MAY_IMPORT[own]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_only_the_side_of_hydra_imports_hydra(file):
    packages = {module.partition(".")[0] for module in imported(everywhere(file))}

    assert not packages & {"hydra", "omegaconf"} or home(file) == "config"


@pytest.mark.parametrize("file", [f for f in FILES if not name(f).startswith(WITH_TORCH)], ids=name)
def test_what_answers_before_training_does_not_load_torch(file):
    packages = {module.partition(".")[0] for module in imported(at_top(file))}

    assert not packages & {"torch", "safetensors", "sklearn", "matplotlib"}


@pytest.mark.parametrize(
    "module",
    [
        "arm",
        "cli",
        "config.compose",
        "config.experiment",
        "parts.registry",
        "parts.dataset",
        "python",
        "tasks",
    ],
)
def test_importing_what_answers_before_training_loads_nothing_heavy(module):
    heavy = {"torch", "sklearn", "scipy", "matplotlib", "pandas"}
    program = f"import sys, nnrun.{module}; print(*{heavy} & set(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert loaded.split() == []


@pytest.mark.parametrize("path", [PACKAGE, *PACKAGE.rglob("*")], ids=name)
def test_no_module_has_a_name_that_says_nothing(path):
    assert path.stem not in SHAPELESS


@pytest.mark.parametrize("file", FILES, ids=name)
def test_nothing_is_unpickled(file):
    nodes = everywhere(file)

    packages = {module.partition(".")[0] for module in imported(nodes)}
    words = {word.arg for node in nodes if isinstance(node, ast.Call) for word in node.keywords}
    calls = {dotted(node.func) for node in nodes if isinstance(node, ast.Call)}

    assert not packages & UNPICKLERS
    assert "allow_pickle" not in words
    assert not {call for call in calls if call.endswith("read_pickle")}
    assert not calls & {"torch.load", "torch.jit.load", "torch.hub.load"}
    assert not {"torch.load", "torch.serialization.load"} & set(imported(nodes))


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_text_becomes_code(file):
    nodes = everywhere(file)

    calls = {dotted(node.func) for node in nodes if isinstance(node, ast.Call)}

    assert not calls & {"eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"}
    assert not {call for call in calls if call.endswith("instantiate")}
    assert not {module for module in imported(nodes) if module.startswith("hydra.utils")}


def test_a_module_is_imported_by_name_only_from_the_lists_of_parts_and_of_verbs():
    found = [
        name(f)
        for f in FILES
        if any(dotted(node).endswith("import_module") for node in everywhere(f))
    ]

    assert found == ["cli/verbs.py", "parts/registry.py"]


# What no class of this package could say, asked in these files and no others.
ASKED_BY_NAME = {
    "engine/cores.py": "os.sched_getaffinity is Linux's alone",
    "runs/record.py": "yaml has its quick dumper only where libyaml is",
    "parts/dataset/text.py": "errors of files and of decoders have no class in common",
    "parts/dataset/images.py": "errors of sockets and of HTTP have no class in common",
    "parts/dataset/fetched.py": "errors of sockets and of HTTP have no class in common",
}


@pytest.mark.parametrize("file", [f for f in FILES if name(f) not in ASKED_BY_NAME], ids=name)
def test_nobody_asks_whether_a_part_has_something(file):
    calls = [node for node in everywhere(file) if isinstance(node, ast.Call) and len(node.args) > 1]

    asked = [call for call in calls if dotted(call.func) in ("hasattr", "getattr")]

    assert not [call.lineno for call in asked if isinstance(call.args[1], ast.Constant)]


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
