"""Tables of a page, and the block of its data, which no text can end."""

import json

from nnrun.report.pages.page import Grid, as_block


def test_numbers_stand_at_the_right_and_words_at_the_left():
    rows = [["a", "1,234", "0.9 ± 0.1", "64x64", "–"], ["b", "1e-5", "12%", "7", ""]]

    assert Grid("all", [*"vwxyz"], rows).is_number == [False, True, True, False, True]


def test_data_come_back_as_they_were_and_hold_no_sign_that_ends_their_block():
    told = {"</script>": ["<!--", "\u2028", 1.5, None, float("nan")]}

    block = as_block(told)

    assert not {"<", ">", "&", "\u2028"} & {*block}
    assert json.loads(block) == {"</script>": ["<!--", "\\u2028", 1.5, None, None]}
