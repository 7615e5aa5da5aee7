"""What the README and the pages of docs/ show is true: commands run, sessions print it, links lead.

The commands of docs/course.md are run by test_course.py.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nnrun.cli.verbs import VERBS

ROOT = Path(__file__).resolve().parent.parent
VERB_PAGES = "docs/verbs/"
FOLDERS = (ROOT, ROOT / "docs", ROOT / VERB_PAGES, ROOT / "benchmarks")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder in FOLDERS
    for path in sorted(folder.glob("*.md"))
}
README = PAGES["README.md"]
RUN_HERE = [
    "README.md",
    "AGENTS.md",
    *(page for page in PAGES if re.fullmatch(r"docs/(?!course|verbs/).*", page)),
]
INSTALLED = Path(sys.executable).parent
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def blocks(page):
    """The blocks of a page, each with its language."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGES[page], flags=re.DOTALL | re.MULTILINE)


# These need a package index; .ci/run does the same.
SETUP = [text for _, text in blocks("README.md") if "python3 -m venv" in text]
# These belong into nnrun's own files.
RECIPE = [text for _, text in blocks("docs/parts.md") if "Lorentz" in text]

# A training takes two epochs here, whatever a page says, without pictures and baselines, and a sweep one worker, and
# two draws where it draws.
SHORTER = """\
trap 'echo "this failed: $BASH_COMMAND"' ERR
nnrun() {
  case "$1" in
    ls | show | schema | export-runs | check | runs | compare | report | note | rm | resume | reproduce | ensemble | refit | predict | evaluate | importance | --cfg | -sc) command nnrun "$@"; return ;;
  esac
  local word words=()
  for word in "$@"; do [[ $word == training.epochs=* ]] || words+=("${word/#sweep.samples=*/sweep.samples=2}"); done
  set -- "${words[@]}" training.epochs=2
  for word in output.pictures=false output.baselines=false; do
    [[ " $* " == *" ${word%=*}="* ]] || set -- "$@" "$word"
  done
  [[ " $* " != *early_stopping* ]] || set -- "$@" regularisation.patience=1
  [[ "$1" != -m ]] || set -- "$@" hydra.launcher.workers=1
  command nnrun "$@"
}
"""


def script(page):
    """The commands and the Python of a page, from top to bottom."""
    return "".join(
        as_command(language, text) for language, text in blocks(page) if text not in RECIPE
    )


def as_command(language, text):
    """A block as bash would have it; Python that begins with the name of a file is that file."""
    if text == SETUP[0]:
        return text.rpartition("&&")[2].replace(".venv/bin/", "")
    if language == "bash" and text != SETUP[1]:
        return text
    if file := re.match(r"# (\w+\.py)\n", text):
        return f"cat > {file[1]} <<'END'\n{text}END\n"
    return f"python - <<'END'\n{text}END\n" if language == "python" else ""


def shell(script, folder, programs=INSTALLED):
    """A script in bash, with the command at hand and no terminal."""
    env = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-eE", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


# The commands


@pytest.fixture
def place(tmp_path, houses, image_files):
    """A folder with all that the pages speak of: tables, the arm's files, images, benchmarks."""
    write_tables(tmp_path, houses)
    write_arm(tmp_path / "ARKOMA" / "Right Arm Dataset")
    image_files("data/mnist")
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")
    return tmp_path


def write_tables(folder, houses):
    """Beside houses.csv: new.csv without prices, and sold.csv with them."""
    header, *rows = houses.read_text().splitlines()
    assert f"`{header}`" in README
    assert f"```csv\n{header}\n" in PAGES["docs/data.md"]
    (folder / "sold.csv").write_text("\n".join([header, *rows[:20]]) + "\n")
    without = [line.rpartition(",")[0] for line in (header, *rows[:3])]
    (folder / "new.csv").write_text("\n".join(without) + "\n")


def write_arm(folder):
    """Write files as those of the right arm are published, of a few rows that hardly differ."""
    folder.mkdir(parents=True)
    poses = [f"{116 + i},-180.97,198.59,-10.39,-41.23,5.04" for i in range(100)]
    joints = [f"-0.98727,-1.03049,-0.29515,{1 + i / 200},0.01696" for i in range(100)]
    for split in ("Train", "Val", "Test"):
        (folder / f"R{split}_x.csv").write_text("\n".join(["Px,Py,Pz,Rx,Ry,Rz", *poses]))
        (folder / f"R{split}_y.csv").write_text(
            "\n".join(["joint1,joint2,joint3,joint4,joint5", *joints])
        )


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in RUN_HERE if script(page)])
def test_commands_and_python_run_from_top_to_bottom(page, place, programs):
    ran = shell(SHORTER + script(page), place, programs)

    assert ran.returncode == 0, ran.stdout
    if page == "README.md":
        assert (place / "prices.csv").read_text().count("\n") == 1 + 3
        shown = next(text for language, text in blocks(page) if language == "text")
        assert introduction(ran.stdout) == introduction(shown)


def introduction(screen):
    """What the first run on a screen says of its data, model and training."""
    return re.search(r"^data .*?^training .*?$", screen, flags=re.DOTALL | re.MULTILINE)[0]


SESSIONS = [
    (page, text) for page in PAGES for language, text in blocks(page) if language == "console"
]


@pytest.mark.parametrize(("page", "session"), SESSIONS, ids=[page for page, _ in SESSIONS])
def test_a_session_prints_what_the_page_shows(page, session, programs, tmp_path):
    commands = [line.removeprefix("$ ") for line in session.splitlines() if line.startswith("$ ")]
    shown = [line for line in session.splitlines() if not line.startswith("$ ")]

    printed = shell("\n".join(["set +e", *commands]), tmp_path, programs).stdout

    assert printed.splitlines() == shown
    assert not (tmp_path / "outputs").exists()


def test_the_sweep_whose_output_is_shown_is_the_readmes():
    (shown,) = [text for language, text in blocks("docs/sweeps.md") if language == "text"]
    (table,) = [
        text for language, text in blocks("README.md") if language == "text" and "seeds" in text
    ]

    command, _, output = shown.removeprefix("$ ").partition("\n")
    assert f"\n{command}  " in script("README.md")
    assert table in output


def test_the_test_command_is_what_ci_runs():
    _, install, test = SETUP[1].strip().replace(".venv/bin/", "").split(" && ")

    assert f"step {install}\n" in CI
    assert f"step {test} -q\n" in CI


def test_the_two_set_ups_differ_only_in_the_tools_for_tests():
    run, test = (block.split(" && ")[:2] for block in SETUP)

    assert " ".join(test).replace("'.[dev]'", ".") == " ".join(run)


@pytest.mark.slow
def test_the_recipe_for_a_new_part_gives_one_that_trains(tmp_path):
    cached = shutil.ignore_patterns("__pycache__")
    for folder in ("nnrun", "conf"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=cached)
    code, choice = RECIPE
    parts = tmp_path / "nnrun" / "parts"
    append(parts / "loss" / "numbers.py", code)
    append(parts / "loss" / "__init__.py", "from nnrun.parts.loss.numbers import Lorentz\n")
    listed = (parts / "registry.py").read_text()
    assert '"Auto"' in listed
    (parts / "registry.py").write_text(listed.replace('"Auto"', '"Auto", "Lorentz"'))
    (tmp_path / "conf" / "loss" / "lorentz.yaml").write_text(choice)

    # -m finds the package in the current folder before the installed one, which knows no such loss
    words = [sys.executable, "-m", "nnrun", "experiment=smoke", "loss=lorentz"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    assert "loss lorentz" in ran.stdout


def append(file, text):
    """Add to a file that is there."""
    file.write_text(file.read_text() + text)


# A page per verb

VERBS_INDEX = f"{VERB_PAGES}README.md"
OF_VERBS = [page for page in PAGES if page.startswith(VERB_PAGES) and page != VERBS_INDEX]


@pytest.fixture(scope="module")
def looked_up(programs, tmp_path_factory):
    """The folder that the pages of verbs stand on."""
    folder = tmp_path_factory.mktemp("verbs")
    ran = shell(SHORTER + script(VERBS_INDEX), folder, programs)
    assert ran.returncode == 0, ran.stdout
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in OF_VERBS if script(page)])
def test_a_page_of_a_verb_shows_what_its_commands_print(page, looked_up, programs, tmp_path):
    place = shutil.copytree(looked_up, tmp_path / "place", symlinks=True)

    ran = shell(SHORTER + script(page), place, programs)

    assert ran.returncode == 0, ran.stdout
    printed = without_numbers(ran.stdout)
    for text in (text for language, text in blocks(page) if language == "text"):
        assert [line for line in text.splitlines() if without_numbers(line) not in printed] == []


def without_numbers(text):
    """Leave out what differs from run to run: numbers, folders' names, and how wide a table is."""
    named = re.sub(r"\d{4}-\d\d-\d\d_[\w-]+", "#", text)
    return re.sub(r"\s+", " ", re.sub(r"\d[\d.,:e-]*", "#", named)).strip()


def test_every_verb_has_a_page():
    assert set(OF_VERBS) == {f"{VERB_PAGES}{name}.md" for name in ("train", *VERBS)}


@pytest.mark.parametrize("name", VERBS)
def test_the_page_of_a_verb_names_all_that_its_help_does(name, nnrun):
    told = nnrun(name, "--help").out
    options = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", told)) - {"-h", "--help"}
    page = PAGES[f"{VERB_PAGES}{name}.md"]

    assert page.startswith(f"# nnrun {name}\n")
    assert {option for option in options if not re.search(rf"`{option}\b", page)} == set()
    assert "\nExit code" in page or " Exit code" in page


def test_the_page_of_training_names_every_flag_of_the_overview(nnrun):
    told = nnrun("--help").out
    flags = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", told))
    pages = [PAGES[page] for page in OF_VERBS]

    assert {flag for flag in flags if f"`{flag}" not in "".join(pages)} == set()


def test_the_overview_names_the_verbs_that_speak_json(nnrun):
    overview = " ".join(nnrun("--help").out.split())
    (named,) = re.findall(r"--json also goes with (.*?)\.", overview)
    speaking = {name for name in VERBS if "--json" in nnrun(name, "--help").out}

    assert set(re.split(r", | and ", named)) == speaking


# The pages


def test_the_readme_fits_on_130_lines():
    assert len(README.splitlines()) <= 130


def test_the_map_shows_every_folder_of_the_package():
    shown = set(re.findall(r"^\| `nnrun/(\w+)` \|", README, flags=re.MULTILINE))

    assert shown == {path.parent.name for path in (ROOT / "nnrun").glob("*/__init__.py")}


def links(page):
    """Where the links of a page lead, but those to the web; code is left out."""
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [link for link in found if not re.match(r"https?:", link)]


def anchors(page):
    """What the headings of a page are called in links, as GitHub does it."""
    prose = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page

        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT).as_posix()), f"{page}: {link}"


def test_the_readme_leads_to_every_page_and_an_index_to_those_of_verbs():
    linked = {link.partition("#")[0] for link in links("README.md")}
    looked_up = {f"{VERB_PAGES}{link}" for link in links(VERBS_INDEX)}

    assert set(PAGES) - linked == {"README.md", *OF_VERBS}
    assert looked_up >= set(OF_VERBS)


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_every_page_is_linked_from_another_beside_the_readme(page):
    others = [
        (other, link)
        for other in PAGES
        if other not in ("README.md", page)
        for link in links(other)
    ]
    targets = {((ROOT / other).parent / link.partition("#")[0]).resolve() for other, link in others}

    assert ROOT / page in targets
