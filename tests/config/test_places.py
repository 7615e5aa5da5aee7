"""A key in the wrong place is found in its own, whatever part has it."""

import pytest

from nnrun.config.catalogue import groups, options
from nnrun.config.overrides import CommandLine
from nnrun.config.places import (
    OTHER_NAMES,
    keys_of_options,
    own_settings,
    places,
    places_among,
    settings_of,
    usual_settings,
)

LINE = CommandLine(None, False, ())
HERE, ELSEWHERE = own_settings(usual_settings(LINE)), keys_of_options(LINE)
KEYS = sorted(
    {
        f"{group}.{name}"
        for group in groups()
        if group != "experiment"
        for file in options(group).values()
        for name, value in settings_of(file.read_text()).items()
        if name != "_target_" and not str(value).startswith("${")
    }
)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_every_option_is_found_by_its_name_alone_and_in_another_group(key):
    name = key.rpartition(".")[2]

    alone, misplaced = (
        [place.key for place in places_among(typed, HERE, ELSEWHERE)]
        for typed in (name, f"experiment.{name}")
    )

    assert any(f".{one}".endswith(f".{name}") for one in alone)
    assert misplaced == alone


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_what_other_programs_call_a_setting_leads_to_ours(name):
    assert places(name, usual_settings(LINE), LINE)


def test_a_part_of_ones_own_is_found_too(tmp_path):
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "mine.yaml").write_text("zeal: 3\n")
    line = CommandLine(str(tmp_path), False, ())

    (place,) = places("zeal", usual_settings(line), line)

    assert place.written("3") == "optimizer.zeal=3 with optimizer=mine"
