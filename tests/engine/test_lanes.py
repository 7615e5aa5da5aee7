"""Several threads, each with members of its own."""

from threading import current_thread, get_ident, main_thread
from time import sleep

import pytest
import torch

from nnrun.engine import lanes
from nnrun.engine.advance import PORTIONS
from nnrun.engine.fit import fit
from nnrun.engine.lanes import Turns, make_lanes, side_by_side
from nnrun.engine.state import begin


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def at_once(look):
    """Work that is over at once."""

    def work(lane):
        yield from ()
        return look(lane)

    return work


@pytest.mark.parametrize("many", [2, 3, 5, 9])
def test_members_that_threads_share_learn_what_they_learn_in_one(many, cohort, member, threads):
    def shown(several):
        threads(several)
        together = cohort([member(i, dropout=0.2) for i in range(many)], sets=2)
        state = begin(together)
        told = [(one.train_loss, one.val_loss, one.score) for one in fit(together, state)]
        return told, state.numbers

    (told, numbers), (as_told, others) = shown(1), shown(2)

    assert told == as_told
    assert torch.equal(numbers, others)


def test_lanes_share_the_threads_of_products(cohort, member, threads):
    threads(5)
    together = cohort([member(0), member(1)])

    with side_by_side(make_lanes(together, begin(together))) as of_each:
        assert of_each(at_once(lambda _: torch.get_num_threads())) == [2, 2]
    assert torch.get_num_threads() == 5


@pytest.mark.parametrize(
    ("many", "members", "room"),
    [
        (2, [1, 1], 1),
        (4, [2, 2], 1),
        (5, [1, 1, 1, 1, 1], 1),
        (8, [4, 4], 1),
        (9, [5, 4], 1),
        (5, [3, 2], 10**9),  # which take their steps together
    ],
)
def test_no_thread_has_much_more_to_do_than_others(
    many, members, room, cohort, member, threads, monkeypatch
):
    threads(2)
    monkeypatch.setattr(lanes, "CACHE", room)
    together = cohort([member(i) for i in range(many)])

    each = make_lanes(together, begin(together))

    assert [lane.members.stop - lane.members.start for lane in each] == members
    assert [lane.members.start for lane in each] == [sum(members[:i]) for i in range(len(members))]


def test_works_take_turns_and_give_what_they_come_to():
    taken = []

    def work(name, portions):
        for portion in range(portions):
            taken.append((name, portion))
            yield
        return torch.tensor(portions)

    turns = Turns([work("a", 3), work("b", 1), work("c", 2)])

    assert turns.take_all() == [3, 1, 2]
    assert taken == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("c", 1), ("a", 2)]


@pytest.mark.parametrize(("most", "rests"), [(1, PORTIONS), (25, 4), (1000, 2)])
def test_an_epoch_rests_now_and_then_between_steps_that_are_taken_in_one_go(
    most, rests, cohort, member, monkeypatch
):
    monkeypatch.setattr(lanes, "stretch", lambda *_: most)
    together = cohort([member(0)], batch_size=1, count=96)
    (stepper,) = make_lanes(together, begin(together))[0].steppers

    assert sum(1 for _ in stepper.epoch(0, [1.0])) == rests


def test_few_steps_are_taken_in_one_go_where_each_may_take_long(cohort, member):
    def most(**given):
        together = cohort([member(0)], count=4000, **given)
        return make_lanes(together, begin(together))[0].steppers[0].most

    assert most(batch_size=8) == 64
    assert 1 < most(batch_size=1000) < 64
    assert most(batch_size=4000) < most(batch_size=1000)
    assert most(batch_size=8, foreign=True) == 4


def test_no_step_is_taken_once_another_lane_has_failed(cohort, member):
    def alter(_):
        def watch(x, y):
            altered.append(1)
            stepper.halted = len(altered) == 3

        return watch

    together, altered = cohort([member(0, augment=alter)]), []
    (stepper,) = make_lanes(together, begin(together))[0].steppers
    list(stepper.epoch(0, [1.0]))

    assert together.steps > len(altered) == 3


def test_each_lane_has_a_thread_whose_products_have_one(cohort, member, threads):
    threads(2)
    together = cohort([member(i) for i in range(4)])
    each = make_lanes(together, begin(together))
    seen = []

    def look(lane):
        seen.append((lane.members.start, get_ident(), torch.get_num_threads()))
        return torch.zeros(())

    with side_by_side(each) as of_each:
        of_each(at_once(look))

    assert {first for first, _, _ in seen} == {0, 2}
    assert {inside for _, _, inside in seen} == {1}
    assert get_ident() not in {thread for _, thread, _ in seen}
    assert torch.get_num_threads() == 2


def test_one_member_or_one_thread_is_one_lane_in_the_thread_that_asks(cohort, member, threads):
    for several, members in ((2, 1), (1, 3)):
        threads(several)
        together = cohort([member(i) for i in range(members)])
        each = make_lanes(together, begin(together))

        with side_by_side(each) as of_each:
            (thread,) = of_each(at_once(lambda _: get_ident()))

        assert thread == get_ident()


def test_who_waits_for_a_turn_has_none_once_another_has_failed(cohort, member, threads):
    threads(2)
    each = make_lanes(together := cohort([member(0), member(1)]), begin(together))
    turned = []

    def work(lane):
        for turn in range(1000):
            yield sleep(0.001)
            if lane is each[0] and turn == 3:
                raise MemoryError("no more")
            turned.append(turn)
        return torch.zeros(())

    with side_by_side(each) as of_each, pytest.raises(MemoryError):
        of_each(work)
    assert len(turned) < 1000


def test_no_lane_finishes_its_epoch_once_another_has_failed(cohort, member, threads):
    threads(2)
    together = cohort([member(0), member(1)])
    first, second = make_lanes(together, begin(together))
    (failing,), (going_on,) = first.steppers, second.steppers
    stretch, *_ = going_on.feed.epoch(0, [1.0])
    seen = []

    def endless(*_):
        for step in range(1000):
            sleep(0.01)
            seen.append(step)
            yield stretch

    def short(*_):
        raise MemoryError("no more")

    going_on.feed.epoch, failing.feed.epoch = endless, short

    with side_by_side([first, second]) as of_each, pytest.raises(MemoryError):
        of_each(lambda lane: lane.pass_over_rows(0, [1.0, 1.0]))
    assert len(seen) < 1000


def test_what_goes_wrong_in_a_lane_ends_the_training(cohort, member, threads, monkeypatch):
    def short(*_):
        yield
        assert current_thread() is not main_thread()
        raise MemoryError("no more")

    threads(2)
    together = cohort([member(0), member(1)])
    monkeypatch.setattr(lanes.Lane, "judged", short)

    with pytest.raises(MemoryError, match="no more"):
        next(fit(together, begin(together)))
    assert torch.get_num_threads() == 2
