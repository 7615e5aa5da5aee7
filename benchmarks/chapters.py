"""The claims of docs/course.md, chapter by chapter, with bounds for what is seen.

What a function is given are the members of its command; what it gives is a number for each seed.
"""

import numpy as np
from claims import SPLITS, claim, final, ratio, reached, steps

# 1. A neuron


@claim("it finds one", "dataset=blobs", most=1e-9)
def a_perceptron_rests_where_a_line_parts_the_classes(seen):
    """Training loss in the end."""
    return seen().last_train


@claim("where none does, it never rests", "dataset=xor dataset.rows=300", least=0.1)
def a_perceptron_never_rests_on_xor(seen):
    """Lowest training loss in the second half."""
    return seen().each(lambda member: member.train[len(member.train) // 2 :].min())


@claim("no line has two opposite corners on one side", "dataset=xor dataset.rows=300", most=0.75)
def a_line_fails_on_xor(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim("One hidden layer does", "dataset=xor model=mlp", least=0.93)
def a_hidden_layer_solves_xor(seen):
    """Accuracy on test rows."""
    return seen().accuracy


# 2. Under- and overfitting


@claim("A straight line is too stiff for a step", "experiment=curve_under", most=0.8)
def a_line_misses_the_step_in_training_too(seen):
    """R² of the training rows."""
    return seen().each(lambda member: member.summary["train"]["r2"])


@claim("The verdict at the end of each run names which it was", "experiment=curve_under", least=0.5)
def the_line_is_told_as_too_simple(seen):
    """Share told as too simple."""
    return seen().beginning("too simple")


@claim("Eight hidden units follow a curve", "experiment=curve_good", least=0.9)
def eight_units_follow_the_curve(seen):
    """R² of the test rows."""
    return seen().r2


@claim("and leave the noise", "experiment=curve_good", 0.8, 1.25)
def eight_units_leave_the_noise(seen):
    """Root mean square error of test rows, as a multiple of the noise."""
    return seen().metric("rmse") / 0.05


@claim("The verdict at the end of each run names which it was", "experiment=curve_good", least=0.5)
def the_small_network_is_told_as_fitted(seen):
    """Share told as fitted."""
    return seen().beginning("fitted")


@claim("two layers of 128 chase the noise itself", "experiment=curve_over", most=0.5)
def a_large_network_chases_the_noise(seen):
    """Training loss in the end, as a multiple of what the noise alone would leave."""
    of_noise = 0.33  # 0.2² of a variance of 0.12
    return seen().last_train / of_noise


@claim("The verdict at the end of each run names which it was", "experiment=curve_over", least=0.5)
def the_large_network_is_told_as_overfitted(seen):
    """Share told as overfitted."""
    return seen().beginning("overfitted")


@claim("after some fifty epochs", "experiment=curve_over", 35, 65)
def overfitting_begins_after_fifty_epochs(seen):
    """Epoch of the lowest validation loss."""
    return seen().best_epoch


@claim("what it says of new rows grows worse", "experiment=curve_over", least=1.25)
def new_rows_cost_more_and_more(seen):
    """Validation loss in the end, as a multiple of the lowest."""
    return seen().last / seen().lowest


@claim("grows worse", "experiment=curve_over", most=0.1)
def overfitting_is_no_spike(seen):
    """Greatest rise of the validation loss from one epoch to the next, as a share of the whole."""
    grown = seen().last - seen().lowest
    return seen().each(lambda member: np.diff(member.val)[50:].max()) / grown


@claim("A polynomial has to bend everywhere to bend somewhere", "model=polynomial", most=0.94)
def a_polynomial_misses_the_bell(seen):
    """R² of the test rows."""
    return seen().r2


@claim("a network learns 1/(x² + 1)", "dataset=curve 'model.widths=[16]'", least=0.96)
def a_network_learns_the_bell(seen):
    """R² of the test rows."""
    return seen().r2


# 3. Activations

BENDS = "identity,sigmoid,tanh"
PARTING = ["tanh", "relu", "leaky_relu", "gelu"]


@claim("Without a bend between them, two layers are one", BENDS, most=0.02)
def layers_without_a_bend_are_one(seen):
    """Accuracy that differs from a linear model's."""
    straight = seen("model.activation=identity")
    linear = straight.each(lambda member: member.summary["baselines"]["linear"]["accuracy"])
    return abs(straight.accuracy - linear)


@claim("`identity` stays a straight line through the moons", BENDS, least=0.05)
def identity_stays_a_line(seen):
    """Accuracy that the worst of four bends adds to it."""
    return worst(seen) - seen("model.activation=identity").accuracy


@claim("`sigmoid` is slow", BENDS, least=0.05)
def sigmoid_is_slow(seen):
    """Accuracy that the worst of four other bends adds to it."""
    return worst(seen) - seen("model.activation=sigmoid").accuracy


@claim("The others part the moons", BENDS, least=0.95)
def the_others_part_the_moons(seen):
    """Accuracy of the worst of the other five."""
    others = [seen(f"model.activation={name}").accuracy for name in [*PARTING, "elu"]]
    return np.min(others, axis=0)


@claim("and come out alike", BENDS, most=0.03)
def the_others_come_out_alike(seen):
    """Accuracy between the best and the worst of them."""
    others = [seen(f"model.activation={name}").accuracy for name in [*PARTING, "elu"]]
    return np.ptp(others, axis=0)


def worst(seen):
    return np.min([seen(f"model.activation={name}").accuracy for name in PARTING], axis=0)


UNITS = "dataset=spirals 'model.widths=[4],[16],[32,32]'"


@claim("More units, more shapes", UNITS, least=0.0)
def sixteen_units_draw_more_than_four(seen):
    """Accuracy that 16 units add to 4."""
    return seen("model.widths=[16]").accuracy - seen("model.widths=[4]").accuracy


@claim("More units, more shapes", UNITS, least=0.1)
def two_layers_draw_more_than_one(seen):
    """Accuracy that 32 and 32 units add to 16."""
    return seen("model.widths=[32,32]").accuracy - seen("model.widths=[16]").accuracy


@claim("two moons kept apart, test accuracy above 0.9", "experiment=moons", least=0.9, long=True)
def the_moons_are_kept_apart(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim("two spirals unwound, test accuracy above 0.97", "experiment=spirals", least=0.97, long=True)
def the_spirals_are_unwound(seen):
    """Accuracy on test rows."""
    return seen().accuracy


# 4. First weights

FIRST = "model.init=zeros,constant"


@claim("`zeros`, `constant` and `torch` have learnt nothing after ten epochs", FIRST, most=0.15)
def zeros_and_weights_too_small_learn_nothing(seen):
    """Accuracy of the best of the three."""
    found = [seen(f"model.init={name}").accuracy for name in ("zeros", "constant", "torch")]
    return np.max(found, axis=0)


@claim("`normal` little", FIRST, 0.1, 0.6)
def normal_weights_learn_little(seen):
    """Accuracy on test rows."""
    return seen("model.init=normal").accuracy


@claim("Kaiming's and Xavier's choices keep its size", FIRST, least=0.25)
def kaiming_and_xavier_win(seen):
    """Accuracy that the worse of the two adds to `normal`."""
    both = [seen(f"model.init={name}").accuracy for name in ("xavier_uniform", "kaiming_normal")]
    return np.min(both, axis=0) - seen("model.init=normal").accuracy


@claim("Between Xavier's and Kaiming's there is no difference here", FIRST, -0.08, 0.08)
def kaiming_and_xavier_are_alike(seen):
    """Accuracy that Kaiming's adds to Xavier's."""
    kaiming, xavier = seen("model.init=kaiming_normal"), seen("model.init=xavier_uniform")
    return kaiming.accuracy - xavier.accuracy


# 5. Losses

FEARS = "loss=mse,mae,huber,log_cosh,pose"


@claim("`mae` brings the hand a quarter closer than `mse` in the median", FEARS, 0.15, 0.35)
def absolute_values_bring_most_hands_closer(seen):
    """Share of the median distance that mae spares."""
    return 1 - seen("loss=mae").hand / seen("loss=mse").hand


@claim("`huber` the joints a little", FEARS, least=0.0)
def huber_lies_below_squares(seen):
    """Median error of the joints that huber spares, in rad."""
    return seen("loss=mse").metric("median_error") - seen("loss=huber").metric("median_error")


@claim("Huber lies between", FEARS, least=0.0)
def huber_lies_above_absolute_values(seen):
    """Median error of the joints that mae spares beside huber, in rad."""
    return seen("loss=huber").metric("median_error") - seen("loss=mae").metric("median_error")


@claim("the worst poses are as bad", FEARS, 0.85, 1.15)
def the_worst_hands_are_as_far_off(seen):
    """Distance that 99 % keep with mae, as a multiple of that with mse."""
    far = {name: seen(f"loss={name}").metric("position_error_mm", "p99") for name in ("mae", "mse")}
    return far["mae"] / far["mse"]


@claim("`pose` brings the hand closest by far", FEARS, least=2.0)
def the_pose_loss_brings_the_hand_closest(seen):
    """Millimetres of the median distance that mae has more."""
    return seen("loss=mae").hand - seen("loss=pose").hand


@claim("with other joints than those of the table: R² is the lowest", FEARS, least=0.1)
def the_pose_loss_finds_other_joints(seen):
    """R² that mse has more."""
    return seen("loss=mse").r2 - seen("loss=pose").r2


DIABETES = "dataset=diabetes loss=mse,mae,huber,log_cosh"


@claim("On diabetes there is no difference", DIABETES, -3, 3, SPLITS, seeds=16, long=True)
def squares_and_absolute_values_are_alike_on_diabetes(seen):
    """Mean absolute error that mae has more than mse, of 44."""
    return seen("loss=mae").metric("mae") - seen("loss=mse").metric("mae")


@claim("between the first four", DIABETES, -3, 3, SPLITS, seeds=16, long=True)
def huber_is_alike_on_diabetes(seen):
    """Mean absolute error that huber has more than mse, of 44."""
    return seen("loss=huber").metric("mae") - seen("loss=mse").metric("mae")


@claim("of new patients 87 in a hundred do", "loss=quantile", 0.82, 0.92, SPLITS, seeds=16)
def nearly_nine_in_ten_stay_below(seen):
    """Share of test rows below what is predicted."""
    return seen().metric("below")


@claim("The third says how sure it is", "loss=gaussian_nll", 0.82, 0.93, SPLITS, seeds=16)
def a_likelihood_says_how_sure_it_is(seen):
    """Share of test rows within the interval that is to hold 90 %."""
    return seen().metric("coverage_90")


WINES = "loss=cross_entropy,kl_div,bce,hinge"


@claim("so far apart that the four do not differ", WINES, most=0.04)
def losses_for_classes_are_alike_on_wine(seen):
    """Accuracy between the best and the worst of the four."""
    found = [seeds.accuracy for seeds in seen.all("loss").values()]
    return np.ptp(found, axis=0)


# 6. Optimizers

RACE, LANDS = "experiment=optimizer_race", ("valley", "saddle", "ravine")


def race(quote: str, least: float = -np.inf, most: float = np.inf):
    return claim(quote, RACE, least, most, drawn="", long=True)


@race("Plain descent creeps along the ravine's floor", most=0.5)
def plain_descent_stays_in_the_ravine(seen):
    """Whether the goal is reached in 500 steps."""
    return reached(seen, "gd", "ravine")


@race("and lingers on the saddle", least=3)
def plain_descent_lingers_on_the_saddle(seen):
    """Steps of gd, as a multiple of momentum's."""
    return steps(seen, "gd", "saddle") / steps(seen, "momentum", "saddle")


@race("momentum rolls on", least=1.5)
def momentum_rolls_on(seen):
    """Steps of gd in the valley, as a multiple of momentum's."""
    return steps(seen, "gd", "valley") / steps(seen, "momentum", "valley")


@race("Adam gives each direction a step of its own", least=0.5)
def adam_leaves_the_ravine(seen):
    """Whether the goal is reached in 500 steps."""
    return reached(seen, "adam", "ravine")


@race("`sgd`, `adamw` and `muon` walk as `gd` and `adam` do", -0.5, 0.5)
def with_one_row_some_walk_alike(seen):
    """Steps by which they differ in the valley."""
    pairs = [("sgd", "gd"), ("adamw", "adam"), ("muon", "adam")]
    apart = [steps(seen, a, "valley") - steps(seen, b, "valley") for a, b in pairs]
    return np.max(np.abs(apart), axis=0)


@race("so it is there at once", most=20)
def lbfgs_is_there_at_once(seen):
    """Steps of lbfgs, of twenty of its own, on the slowest surface."""
    return np.max([steps(seen, "lbfgs", land) for land in LANDS], axis=0)


@race("nesterov is first by single steps", least=0)
def nesterov_is_first_by_single_steps(seen):
    """Steps that the next one needs more, on all three surfaces."""
    runners = [name for name in seen.all("optimizer") if name not in ("nesterov", "lbfgs")]
    others = np.min([steps_on_all(seen, name) for name in runners], axis=0)
    return others - steps_on_all(seen, "nesterov")


def steps_on_all(seen, optimizer):
    """Count an optimizer's steps on all three surfaces."""
    return np.sum([steps(seen, optimizer, land) for land in LANDS], axis=0)


RULES = "optimizer=gd,sgd,momentum"


@claim("ten exact steps lead less far than many rough ones", RULES, least=0.05, long=True)
def many_rough_steps_beat_ten_exact_ones(seen):
    """Accuracy that sgd adds to gd."""
    return seen("optimizer=sgd").accuracy - seen("optimizer=gd").accuracy


@claim("Plain steps lead less far than steps that add up", RULES, least=0.05, long=True)
def steps_that_add_up_are_faster(seen):
    """Accuracy that momentum adds to sgd."""
    return seen("optimizer=momentum").accuracy - seen("optimizer=sgd").accuracy


@claim("the other seven rules end alike", RULES, most=0.03, long=True)
def the_other_rules_are_alike(seen):
    """Accuracy between the best and the worst of the other seven."""
    groups = seen.all("optimizer").items()
    return np.ptp([seeds.accuracy for name, seeds in groups if name not in ("gd", "sgd")], axis=0)


# 7. Learning rates and schedules

RATES = "experiment=learning_rates"


@claim("Too small and it hardly moves", RATES, 1.7, 1.9)
def a_rate_too_small_hardly_moves(seen):
    """Validation loss in the end with 0.001; before the first step it is 2.3."""
    return seen("optimizer.lr=0.001").last


@claim("it is 0.13 with 0.1", RATES, 0.11, 0.15)
def a_right_rate_comes_to_rest(seen):
    """Validation loss in the end with 0.1."""
    return seen("optimizer.lr=0.1").last


@claim("too large and it leaps about", RATES, least=1.3)
def a_rate_too_large_leaps(seen):
    """Greatest validation loss of the last twenty epochs with 10, as a multiple of the least."""
    return seen("optimizer.lr=10").each(lambda member: ratio(member.val[-20:]))


@claim("In between lies a decade or two", "optimizer.lr=interval(1e-5,1)", 1, 2, long=True)
def good_rates_lie_within_two_decades(seen):
    """Decades between the least and the greatest rate within .05 of the best accuracy."""
    rates = np.log10([float(rate) for rate in seen.all("optimizer.lr")])
    accuracy = np.array([seeds.accuracy for seeds in seen.all("optimizer.lr").values()])
    return np.array([np.ptp(rates[one > one.max() - 0.05]) for one in accuracy.T])


SCHEDULES = "scheduler=constant,step,exponential"
LATE = ("linear", "cosine", "one_cycle", "cosine_restarts", "plateau", "chained")


def late(seen):
    return [final(seen, name) for name in LATE]


@claim("All but `exponential` end well below `constant`", SCHEDULES, least=0)
def schedules_get_further(seen):
    """Validation loss in the end that constant has more than the worst of seven others."""
    return final(seen, "constant") - np.max([*late(seen), final(seen, "step")], axis=0)


@claim("which leaps about to the end", SCHEDULES, least=1.05)
def a_constant_rate_leaps_about(seen):
    """Mean of its last ten validation losses, as a multiple of its lowest."""
    constant = seen("scheduler=constant")
    return constant.last / constant.lowest


@claim("`exponential` and `step` are small too soon and stop halfway", SCHEDULES, least=0)
def some_schedules_are_small_too_soon(seen):
    """Validation loss in the end that the better of the two has more than the mean of the rest."""
    both = [final(seen, name) for name in ("step", "exponential")]
    return np.min(both, axis=0) - np.mean(late(seen), axis=0)


@claim("the others are alike", SCHEDULES, most=0.3)
def the_other_schedules_are_alike(seen):
    """Range of the other six in the end, as a share of their mean."""
    return np.ptp(late(seen), axis=0) / np.mean(late(seen), axis=0)


# 8. Regularisation

DROPOUT, FEW = "experiment=dropout_or_not", "experiment=few_digits"


@claim("learns the rows by heart", DROPOUT, most=0.01)
def few_digits_are_learnt_by_heart(seen):
    """Training loss in the end without dropout."""
    return seen("regularisation.dropout=0").last_train


@claim("Dropout of a half spares a fifth of the mistakes on new digits", DROPOUT, 0, 0.5)
def dropout_spares_mistakes(seen):
    """Share of the mistakes that dropout spares, of all seeds together."""
    without, dropping = (1 - seen(f"regularisation.dropout={p}").accuracy for p in ("0", "0.5"))
    return (without - dropping) / without.mean()


@claim("The lowest validation loss is 0.18 with dropout, 0.24 without", DROPOUT, least=0.04)
def dropout_lowers_the_lowest_loss(seen):
    """Lowest validation loss that is spared."""
    without, dropping = (seen(f"regularisation.dropout={p}") for p in ("0", "0.5"))
    return without.lowest - dropping.lowest


def helped(seen, name):
    return seen(f"regularisation={name}").accuracy - seen("regularisation=none").accuracy


@claim("`label_smoothing`, `mixup`, `l1` and `elastic_net` help as well", FEW, least=0.0, long=True)
def four_mechanisms_help(seen):
    """Accuracy that the least of the four adds."""
    means = ("label_smoothing", "mixup", "l1", "elastic_net")
    return np.min([helped(seen, name) for name in means], axis=0)


@claim(
    "`max_norm` and `input_noise` make no difference at these strengths", FEW, most=0.02, long=True
)
def four_mechanisms_do_nothing_here(seen):
    """Accuracy that the most changing of the four changes."""
    idle = ("l2", "weight_decay", "max_norm", "input_noise")
    return np.max([abs(helped(seen, name)) for name in idle], axis=0)


@claim("dropout does harm", "regularisation.dropout=0,0.5", least=0.05)
def dropout_harms_where_there_is_no_noise(seen):
    """R² that dropout costs on an arm's poses."""
    without, dropping = (seen(f"regularisation.dropout={p}") for p in ("0", "0.5"))
    return without.r2 - dropping.r2


AVERAGES = "regularisation=none,ema,swa"


def unrest(seen, name):
    """How far the validation loss goes from one of the last epochs to the next."""
    return seen(f"regularisation={name}").each(lambda one: abs(np.diff(one.val[-12:])).mean())


@claim("Averages of weights are calmer than the weights", AVERAGES, least=3)
def averages_are_calmer(seen):
    """Change of the loss from epoch to epoch, as a multiple of the less calm of the averages."""
    averaged = np.max([unrest(seen, name) for name in ("ema", "swa")], axis=0)
    return unrest(seen, "none") / averaged


@claim("where the rate stays large they also come lower", AVERAGES, least=0.002)
def averages_come_lower(seen):
    """Lowest validation loss that the worse of the averages spares."""
    averaged = [seen(f"regularisation={name}").lowest for name in ("ema", "swa")]
    return seen("regularisation=none").lowest - np.max(averaged, axis=0)


CLIPPING = "regularisation=none,gradient_clipping,gradient_noise"


def greatest(seen, name):
    """Give the power of ten of the greatest training loss."""
    return seen(f"regularisation={name}").each(lambda member: np.log10(member.train.max()))


@claim("this rate throws the loss beyond all bounds", CLIPPING, least=6)
def without_clipping_the_loss_is_thrown_far(seen):
    """Greatest training loss without clipping, as a power of ten."""
    return greatest(seen, "none")


@claim("Steps can be kept from being thrown far", CLIPPING, most=1)
def clipping_keeps_steps_short(seen):
    """Greatest training loss with clipping, as a power of ten."""
    return greatest(seen, "gradient_clipping")


# 9. Normalisation

NORMS, DEEP = "experiment=batch_norm_or_not", "model.norm=none,batch,layer,batch_renorm"


@claim("below 0.5 after 2 epochs instead of some 20", NORMS, 1.5, 3)
def with_batch_norm_sigmoids_learn_at_once(seen):
    """Epochs until the validation loss is below 0.5, with batch norm."""
    return seen("model.norm=batch").epochs_to(0.5)


@claim("sigmoids learn in a tenth of the epochs", NORMS, 6, 15)
def sigmoids_learn_in_a_tenth_of_the_epochs(seen):
    """Epochs until then without, as a multiple."""
    return seen("model.norm=none").epochs_to(0.5) / seen("model.norm=batch").epochs_to(0.5)


@claim("after 30 it is 0.15 instead of 0.33", NORMS, 0.05, 0.3)
def batch_norm_ends_lower(seen):
    """Validation loss in the end that is spared."""
    return seen("model.norm=none").last - seen("model.norm=batch").last


@claim("at rates at which they would learn nothing", DEEP, most=0.15)
def a_deep_network_learns_nothing_at_a_large_rate(seen):
    """Accuracy without norms."""
    return seen("model.norm=none").accuracy


@claim("deep networks at rates", DEEP, least=0.9)
def with_norms_a_deep_network_learns_at_a_large_rate(seen):
    """Accuracy with batch norms, the worse of the two."""
    both = [seen(f"model.norm={name}").accuracy for name in ("batch", "batch_renorm")]
    return np.min(both, axis=0)


@claim("`layer` learns, but far less than the two of batches", DEEP, 0.15, 0.7)
def layer_norms_learn_less(seen):
    """Accuracy with layer norms."""
    return seen("model.norm=layer").accuracy


@claim(
    "the saved network is plain, and predicts the same",
    "training.fold_norm=false,true",
    -0.001,
    0.001,
)
def folded_norms_predict_the_same(seen):
    """Accuracy by which they differ."""
    plain, folded = seen("training.fold_norm=true"), seen("training.fold_norm=false")
    return plain.accuracy - folded.accuracy


# 11. Inverse kinematics

COURSE, BEST = "experiment=arkoma_course", "experiment=arkoma_best"


@claim("test R² of 0.75", COURSE, 0.7, 0.8, long=True)
def the_network_of_the_course_reaches_its_score(seen):
    """R² of the test rows."""
    return seen().r2


@claim("median position error of 0.2 mm", BEST, 0.1, 0.3, long=True)
def the_better_network_reaches_its_error(seen):
    """Median position error in millimetres."""
    return seen().hand


SAME, OTHER = "dataset.rows=200 dataset.seed=7", "dataset.rows=200 dataset.arm=left"


@claim("goes on from what was learnt of it", f"{SAME} model=pretrained", least=0.9)
def who_goes_on_knows_the_arm(seen):
    """R² of the test rows."""
    return seen().r2


@claim("one does not begin anew", f"{SAME} training", most=0.7)
def who_begins_anew_knows_little(seen):
    """R² of the test rows."""
    return seen().r2


@claim("what was learnt is in the way", f"{OTHER} model=pretrained", most=0.0)
def what_was_learnt_is_in_the_way_of_the_other_arm(seen):
    """R² of the test rows of those who go on."""
    return seen().r2


@claim("what was learnt is in the way", f"{OTHER} training", least=0.3)
def who_begins_anew_with_the_other_arm_gets_further(seen):
    """R² of the test rows of those who begin anew."""
    return seen().r2


# 12. Images


@claim("test accuracy of 94.5 %", "experiment=mnist_course", 0.94, 0.95, long=True)
def the_first_network_for_images_reaches_its_score(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim(
    "test accuracy of 98 % after five epochs", "experiment=mnist_homework", 0.975, 0.985, long=True
)
def the_homework_is_solved(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim("test accuracy of 91 %", "experiment=fashion", 0.905, 0.917, long=True)
def clothes_are_told_apart(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim("fewer than one mistake in a hundred", "experiment=mnist_best", most=1, long=True)
def fewer_than_one_mistake_in_a_hundred(seen):
    """Mistakes on test rows, in per cent."""
    return 100 * (1 - seen().accuracy)


@claim("test accuracy of 99.5 %", "experiment=mnist_cnn", 0.994, 0.997, long=True)
def convolutions_read_digits(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim("test accuracy of 93.6 %", "experiment=fashion_cnn", 0.93, 0.942, long=True)
def convolutions_tell_clothes_apart(seen):
    """Accuracy on test rows."""
    return seen().accuracy


@claim("makes fewer mistakes yet", "experiment=mnist_cnn", most=0.6, long=True)
def convolutions_make_fewer_mistakes(seen):
    """Mistakes on test rows, in per cent."""
    return 100 * (1 - seen().accuracy)
