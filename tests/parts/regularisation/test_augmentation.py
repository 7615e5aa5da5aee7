"""Rows as they might have been: what moves, by how much, and that a stream tells it all."""

import numpy as np
import pytest
import torch

from nnrun.arm.kinematics import pose
from nnrun.engine.chance import generator
from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.regularisation.augmentation import (
    POINTS,
    bend,
    distortion,
    hidden,
    in_turn,
    mirrored,
    new_rows,
    noise,
)


def altered(augmentation, x, y=None, seed=0):
    own_x, own_y = x.clone(), (torch.zeros(len(x)) if y is None else y.clone())
    augmentation(generator(seed, "augment"))(own_x, own_y)
    return own_x, own_y


def blob(down, across, side=21):
    """An image of a soft spot."""
    places = torch.arange(side, dtype=torch.float32)
    return torch.exp(-((places - down)[:, None] ** 2 + (places - across) ** 2) / 8).view(1, -1)


def middle(image, side=21):
    """Where the weight of an image lies: down, across."""
    image, places = image.view(side, side), torch.arange(side, dtype=torch.float32)
    return torch.stack([(image.sum(1) * places).sum(), (image.sum(0) * places).sum()]) / image.sum()


def test_noise_has_the_deviation_asked_for():
    x = torch.ones(500, 20)

    added = altered(noise(0.3), x)[0] - x

    assert added.std() == pytest.approx(0.3, rel=0.03)
    assert abs(added.mean()) < 0.01


def test_a_share_of_each_category_is_hidden_and_numbers_stay():
    x = torch.cat([torch.ones(4000, 1), torch.eye(4).repeat(1000, 1)], 1)

    features, _ = altered(hidden([slice(1, 3), slice(3, 5)], 0.2), x)

    assert (features[:, 0] == 1).all()
    for units in (slice(1, 3), slice(3, 5)):
        before, after = x[:, units].sum(1), features[:, units].sum(1)
        assert set(after[before == 1].tolist()) == {0.0, 1.0}
        assert 1 - after[before == 1].mean() == pytest.approx(0.2, abs=0.03)
        assert (after[before == 0] == 0).all()


def test_an_image_that_nothing_moves_stays():
    image = torch.rand(4, 12 * 9, generator=torch.Generator().manual_seed(0))

    still, _ = altered(distortion((12, 9), 0.0, 0.0, 0.0, False), image)

    torch.testing.assert_close(still, image)


def test_images_move_by_as_many_pixels_as_asked_at_most():
    images = blob(10, 10).repeat(300, 1)

    moved, _ = altered(distortion((21, 21), 3.0, 0.0, 0.0, False), images)

    moves = torch.stack([middle(image) - 10 for image in moved])
    assert 2.8 < moves.abs().max() < 3.05
    assert (moves.mean(0).abs() < 0.3).all()
    assert (moves.std(0) - 3 / 3**0.5).abs().max() < 0.2  # evenly from −3 to 3


def test_images_turn_about_their_middle_by_as_many_degrees_as_asked_at_most():
    images = blob(10, 14).repeat(300, 1)  # four pixels to the right of the middle

    moved, _ = altered(distortion((21, 21), 0.0, 30.0, 0.0, False), images)

    places = torch.stack([middle(image) - 10 for image in moved])
    angles = torch.rad2deg(torch.atan2(places[:, 0], places[:, 1]))
    assert 28 < angles.abs().max() < 30.5
    torch.testing.assert_close(places.norm(dim=1), torch.full((300,), 4.0), rtol=0.02, atol=0.02)


def test_a_bent_image_goes_through_the_moves_of_its_points():
    moves = torch.randn(3, 2, POINTS, POINTS, generator=torch.Generator().manual_seed(0))

    bent = bend(moves, (21, 17))  # (images, height, width, 2)

    torch.testing.assert_close(bent[:, ::5, ::4].movedim(-1, 1), moves, rtol=1e-4, atol=1e-4)
    assert (bent[:, 1:] - bent[:, :-1]).abs().max() < 1.5  # and nowhere does it tear


def test_images_bend_by_more_where_more_is_asked():
    images = blob(10, 10).repeat(300, 1)

    spreads = []
    for pixels in (0.5, 1.0):
        moved, _ = altered(distortion((21, 21), 0.0, 0.0, pixels, False), images)
        spreads.append(torch.stack([middle(image) - 10 for image in moved]).std())

    assert spreads[1] / spreads[0] == pytest.approx(2, rel=0.1)


def test_what_leaves_an_image_is_filled_from_its_rim():
    image = torch.full((1, 81), 0.7)

    moved, _ = altered(distortion((9, 9), 4.0, 40.0, 2.0, False), image)

    torch.testing.assert_close(moved, image)


def test_images_that_move_by_whole_pixels_stay_sharp():
    images = torch.rand(1, 81, generator=torch.Generator().manual_seed(0)).repeat(200, 1)

    seen, _ = altered(distortion((9, 9), 1.5, 0.0, 0.0, True), images)

    around = torch.nn.functional.pad(images.view(200, 1, 9, 9), (1, 1, 1, 1), mode="replicate")
    moved = [around[:, 0, i : i + 9, j : j + 9].flatten(1) for i in range(3) for j in range(3)]
    alike = (seen - torch.stack(moved)).abs().amax(2) < 1e-4  # (moves, images)
    assert alike.any(0).all()
    assert alike.any(1).all()


def test_a_share_of_the_images_is_seen_in_a_mirror():
    images = torch.rand(1, 12 * 9, generator=torch.Generator().manual_seed(0)).repeat(400, 1)

    seen, _ = altered(mirrored((12, 9), 0.3), images)

    in_mirror = images.view(400, 12, 9).flip(2).view(400, -1)
    changed = (seen == in_mirror).all(1)
    assert ((seen == images).all(1) != changed).all()
    assert changed.float().mean() == pytest.approx(0.3, abs=0.06)


def test_a_share_of_a_batch_is_replaced_and_epochs_draw_other_rows():
    drawn = {}

    def draw(rows, seed):
        drawn[seed] = rows
        return torch.full((rows, 3), float(seed)), torch.arange(rows, dtype=torch.float32)

    alter = new_rows(draw, 0.25, 20)(generator(0, "augment"))
    batches = [(torch.zeros(8, 3), torch.full((8,), -1.0)) for _ in range(2)]
    for x, y in batches:
        alter(x, y)
    new_rows(draw, 0.25, 20)(generator(0, "augment", epoch=1))

    assert [y.tolist() for _, y in batches] == [[0.0, 1.0] + [-1.0] * 6, [2.0, 3.0] + [-1.0] * 6]
    assert all((x[:2] != 0).all() and (x[2:] == 0).all() for x, _ in batches)
    assert len(drawn) == 2


def test_the_arm_draws_poses_that_its_kinematics_confirm():
    data = Arkoma("left", 100, 0.1, 0, None, "vector").draw(50, 7)

    assert (data.inputs == pose(data.targets, "left")).all()
    assert not np.array_equal(
        data.targets, Arkoma("left", 100, 0.1, 0, None, "vector").draw(50, 8).targets
    )


def test_several_come_one_after_the_other_from_one_stream():
    x = torch.zeros(4, 5)

    both, _ = altered(in_turn([noise(1.0), noise(1.0)]), x)

    stream = generator(0, "augment")
    expected = torch.empty(4, 5).normal_(generator=stream) + torch.empty(4, 5).normal_(
        generator=stream
    )
    torch.testing.assert_close(both, expected)
