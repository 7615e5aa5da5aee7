"""Parts beside the data that were read."""

from __future__ import annotations

from nnrun.config.rules.rule import Found
from nnrun.config.situation import Situation
from nnrun.errors import Problem, listing, under
from nnrun.parts.dataset.wording import counted
from nnrun.parts.kinds import as_typed


def model_of_other_data(situation: Situation) -> Found:
    if situation.data:
        model, per_target = situation.model, situation.loss.per_target
        yield from under("model", model.unfit_for_data(situation.data, per_target))


def image_changes_without_images(situation: Situation) -> Found:
    data, changes = situation.data, situation.regularisation.distortions
    if data and not data.image_shape and changes:
        wrong = f"made for images, and {data.title} has none"
        advice = "use dataset=mnist, fashion_mnist or digits, or leave it out"
        told = ", ".join(f"{name}={as_typed(value)}" for name, value in changes.items())
        yield Problem(f"regularisation.{told}", None, wrong, advice)


def images_moved_whose_pixels_are_unlike(situation: Situation) -> Found:
    data, kind = situation.data, situation.input_kind
    alike = kind in ("pixels", "signed", "none")
    if data and data.image_shape and situation.regularisation.distortions and not alike:
        wrong = "scales each pixel in its own way, so that images cannot be moved"
        yield Problem("dataset.scale.inputs", kind, wrong, "use dataset.scale.inputs=pixels")


def logarithms_of_what_is_not_positive(situation: Situation) -> Found:
    data = situation.data
    if not data or data.classes or situation.target_kind != "log":
        return
    for name, targets in zip(data.target_names, data.targets.T, strict=True):
        if rows := int((targets <= 0).sum()):
            found = f"target '{name}' is zero or below in {counted(rows, 'row')}"
            wrong = f"{found}, the least {targets.min():g}, and has no logarithm there"
            advice = "use dataset.scale.targets=standard"
            yield Problem("dataset.scale.targets", "log", wrong, advice)


def hidden_without_categories(situation: Situation) -> Found:
    data, share = situation.data, situation.dataset.hidden
    if data and share and not any(column.levels for column in data.columns):
        wrong = "hides categories, but the data have none"
        yield Problem("dataset.unseen", f"{share:g}", wrong, "leave it out")


def loss_of_other_classes(situation: Situation) -> Found:
    if situation.data:
        yield from under("loss", situation.loss.unfit_for_classes(situation.data.classes))


def order_of_classes_that_have_none(situation: Situation) -> Found:
    data = situation.data
    if data and situation.loss.chances == "ordered" and not data.in_order:
        wrong = f"wants classes in an order, but {listing(data.classes, 3)} have none"
        advice = "give it by dataset.order=[first,next,last], or use loss=cross_entropy"
        yield situation.problem("loss", wrong, advice)


def embedding_typed_without_numbers(situation: Situation) -> Found:
    """Forbid a wish that nothing can fulfil; an embedding of a recipe has nothing to do there."""
    if situation.data is None or situation.data.reads.numbers:
        return
    wrong = "is of numbers, but all columns are categories"
    for word in situation.typed:
        key, _, kind = word.lstrip("+").partition("=")
        if key == "model.embedding" and kind != "none":
            yield Problem(key, kind, wrong, "leave it out")


def model_of_other_features(situation: Situation) -> Found:
    if situation.data:
        yield from under("model", situation.model.unfit_for_features(situation.data.reads))
