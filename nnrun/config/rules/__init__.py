"""What is right by itself and wrong together: a rule for each, named after what it forbids.

Each looks at a situation, and answers nothing as long as it does not know what it needs.
"""

from nnrun.config.rules import data, judging, lengths, parts, typed
from nnrun.config.rules.rule import Rule
from nnrun.config.situation import Situation
from nnrun.errors import Problems


def problems_of(situation: Situation) -> Problems:
    """Tell what a group of rules forbids, if the groups before it allow all."""
    for group in RULES:
        if problems := [problem for rule in group for problem in rule(situation)]:
            return problems
    return []


RULES: list[list[Rule]] = [
    [
        parts.parts_unlike_the_dataset,
    ],
    [
        parts.model_or_loss_out_of_place,
        parts.dropout_without_hidden_units,
        parts.dropout_set_twice,
        parts.smoothing_without_classes,
        parts.smoothing_set_twice,
        parts.decay_set_twice,
        parts.rates_of_tensors_by_torch,
        parts.randomness_or_clipping_on_one_surface,
        parts.new_poses_without_arm,
        parts.split_by_a_column_without_a_table,
        parts.folds_of_given_test_rows,
        parts.bags_of_given_rows,
        lengths.norm_of_single_rows,
        lengths.typed_batch_larger_than_the_training,
        lengths.last_batch_of_one_row,
        lengths.refresh_or_fold_without_batch_norm,
        lengths.fold_without_linear_layer,
        lengths.patience_longer_than_the_training,
        judging.watching_without_validation_rows,
        judging.score_of_something_else,
        judging.threshold_without_two_probabilities,
        judging.calibration_without_probabilities,
        parts.ensemble_that_cannot_be,
        lengths.average_unlike_the_training,
        lengths.schedule_unlike_the_training,
        typed.typed_without_effect,
    ],
    [
        data.model_of_other_data,
    ],
    [
        data.image_changes_without_images,
        data.images_moved_whose_pixels_are_unlike,
        judging.score_of_a_single_class,
        data.hidden_without_categories,
        data.logarithms_of_what_is_not_positive,
        data.loss_of_other_classes,
        data.order_of_classes_that_have_none,
        data.embedding_typed_without_numbers,
        data.model_of_other_features,
    ],
]
