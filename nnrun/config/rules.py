"""What is right by itself and wrong together: a line for each, which names the setting and says what would work."""

from nnrun.config.settings import Settings
from nnrun.parts.dataset.data import Data
from nnrun.parts.scheduler import Clock


def conflicts(
    settings: Settings, choices: dict[str, str], task: str | None, rows: int | None
) -> list[str]:
    """What is right by itself and wrong together; `task` and `rows` are None until the data have been read."""
    if homeless := landscape_conflicts(settings, choices, task):
        return homeless
    return [
        *(model_conflicts(settings, choices, task) or loss_conflicts(settings, choices, task)),
        *dropout_conflicts(settings, choices),
        *smoothing_conflicts(settings, choices, task),
        *decay_conflicts(settings, choices),
        *compile_conflicts(settings, choices),
        *curvature_conflicts(settings, choices),
        *pose_conflicts(settings, choices),
        *batch_conflicts(settings, rows),
        *norm_conflicts(settings, choices),
        *patience_conflicts(settings),
        *settings.regularisation.conflicts(Clock(settings.training.epochs, 1)),
        *schedule_conflicts(settings, rows),
    ]


def idle(overrides: list[str], task: str | None, settings: Settings) -> list[str]:
    """What was typed and would do nothing."""
    typed = [override.partition("=") for override in overrides]
    dataset = settings.dataset
    found = [
        f"{key}={value}: has no effect, as {why}; {advice}"
        for key, _, value in typed
        for idle, (why, advice) in dataset.without_effect().items()
        if f"{key}.".startswith(f"{idle}.")
    ]
    bend = getattr(settings.model, "activation", None)
    if bend not in ("leaky_relu", "prelu", "shared_prelu"):
        found += [
            f"{key}={value}: has no effect on model.activation={bend}; leave it out, or use leaky_relu or prelu"
            for key, _, value in typed
            if key == "model.slope"
        ]
    if task == "classification":
        advice = "classes are not scaled; leave it out"
        found += [
            f"{key}={value}: has no effect; {advice}"
            for key, _, value in typed
            if key == "dataset.scale.targets"
        ]
    if hasattr(settings.model, "saved"):
        scaled = ("dataset.scale.inputs", "dataset.scale.targets")[
            : 1 + (settings.model.last == "keep")
        ]
        found += [
            f"{key}={value}: has no effect on model=pretrained, which scales as its run did; leave it out"
            for key, _, value in typed
            if key in scaled
        ]
    if settings.batch_size != settings.training.batch_size:
        reason = f"the optimizer takes {settings.batch_size} batches whatever it is; leave it out or use optimizer=sgd"
        if dataset.batch:
            reason = "a landscape has one row; leave it out"
        found += [
            f"{key}={value}: has no effect, as {reason}"
            for key, _, value in typed
            if key == "training.batch_size"
        ]
    return found


def landscape_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    """A landscape goes with a point and its height, and these with nothing else."""
    parts = {group: getattr(settings, group) for group in ("model", "loss")}
    fitting = [group for group, part in parts.items() if getattr(part, "task", None) == "landscape"]
    if task == "landscape" and len(fitting) < len(parts):
        return [
            f"dataset={choices.get('dataset')}: is a surface for a point to walk on, with no rows to learn from;"
            " add model=point loss=height"
        ]
    if task == "landscape":
        return unlike_a_point(settings)
    if task not in (None, "landscape"):
        other = {"model": "mlp", "loss": "auto"}
        return [
            f"{group}={choices.get(group)}: is for dataset=landscape alone; use {group}={other[group]}"
            for group in fitting
        ]
    return []


def unlike_a_point(settings: Settings) -> list[str]:
    """What a point on a landscape cannot do with."""
    held, scale, loss, dataset = (
        settings.regularisation,
        settings.scale,
        settings.loss,
        settings.dataset,
    )
    found = [
        f"dataset.scale.{name}={kind}: would move the landscape under the point; use dataset.scale.{name}=none"
        for name, kind in (("inputs", scale.inputs), ("targets", scale.targets))
        if kind != "none"
    ]
    if loss.surface != dataset.surface:
        found.append(
            f"loss.surface={loss.surface}: is not the surface of dataset.surface={dataset.surface}; set that one alone"
        )
    of_weights = () if held.biases else ("l1", "l2")
    return found + [
        f"regularisation.{name}={getattr(held, name):g}: is about weights or rows, which a point has not; leave it out"
        for name in (*of_weights, "weight_decay", "max_norm", "mixup", "input_noise")
        if getattr(held, name)
    ]


def model_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    """What does not fit a model that is for one task, or learns by one loss."""
    model, loss, name = settings.model, settings.loss, f"model={choices.get('model')}"
    if task not in (None, getattr(model, "task", None) or task):
        wrong = (
            f"chooses between classes, but dataset={choices.get('dataset')} has numbers to predict"
        )
        return [f"{name}: {wrong}; use model=linear"]
    if loss.task != "any" and loss != (getattr(model, "loss", None) or loss):
        wrong = f"does not teach {name}, which learns from its mistakes alone"
        return [f"loss={choices.get('loss')}: {wrong}; use loss=auto or model=linear"]
    return []


def loss_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    dataset, loss, scaled = choices.get("dataset"), choices.get("loss"), target_kind(settings)
    if task not in (None, settings.loss.task) and settings.loss.task != "any":
        kind, better = (
            ("numbers", "mse or mae") if task == "regression" else ("classes", "cross_entropy")
        )
        wrong = f"is for {settings.loss.task}, but dataset={dataset} has {kind} to predict"
        return [f"loss={loss}: {wrong}; use loss={better}"]
    of_an_arm = getattr(settings.loss, "of_an_arm", False)
    if of_an_arm and not hasattr(settings.dataset, "arm"):
        return [
            f"loss={loss}: compares poses of an arm's hand, but dataset={dataset} has no arm; use dataset=arkoma, or"
            " loss=mse"
        ]
    if of_an_arm and scaled == "quantile":
        return [
            f"dataset.scale.targets=quantile: loss={loss} cannot take joints back from it; use"
            " dataset.scale.targets=standard"
        ]
    if getattr(settings.loss, "unscaled", False) and scaled != "none":
        return [
            f"dataset.scale.targets={scaled}: moves the targets' zero, and loss={loss} is a share of the target;"
            " use dataset.scale.targets=none"
        ]
    return []


def input_kind(settings: Settings) -> str:
    """How inputs are scaled: as chosen, or as the run had it that the model goes on from."""
    saved = getattr(settings.model, "saved", None)
    return settings.scale.inputs if saved is None else saved.inputs.scaling.kind


def target_kind(settings: Settings) -> str:
    """How targets are scaled: as chosen, or as the run had it whose last layer is kept."""
    if getattr(settings.model, "last", "new") == "new":
        return settings.scale.targets
    return settings.model.saved.targets.kind


def dropout_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    rate, taken = settings.regularisation.dropout, settings.model.dropout
    if not rate or rate == taken:
        return []
    if not settings.model.hidden_units:
        return [
            f"regularisation.dropout={rate:g}: has no effect on model={choices.get('model')}; use model=mlp"
        ]
    return [
        f"regularisation.dropout={rate:g}: has no effect, as model.dropout={taken:g} stands for itself; set only one"
    ]


def smoothing_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    rate, loss = settings.regularisation.label_smoothing, settings.loss
    taken = getattr(loss, "label_smoothing", None)
    if rate and (taken is None or task == "regression"):
        return [
            f"regularisation.label_smoothing={rate:g}: has no effect on loss={choices.get('loss')}"
            f"{' for numbers' if task == 'regression' else ''}; it is for classes, with loss=cross_entropy or kl_div"
        ]
    if not rate or rate == taken:
        return []
    return [
        f"regularisation.label_smoothing={rate:g}: has no effect, as loss.label_smoothing={taken:g} stands for itself;"
        " set only one"
    ]


def decay_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    decay = settings.regularisation.weight_decay
    if not decay or not hasattr(settings.optimizer, "weight_decay"):
        return []
    return [
        f"regularisation.weight_decay={decay:g}: optimizer={choices.get('optimizer')} has a decay of its own; set"
        f" optimizer.weight_decay={decay:g} instead, or take optimizer=adam"
    ]


def compile_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    if not settings.training.compile or not hasattr(settings.optimizer, "alone"):
        return []
    return [
        f"training.compile=true: cannot reach into optimizer={choices.get('optimizer')}; leave it out, or take one of"
        " nnrun's own, such as adam"
    ]


def curvature_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    """What changes the surface between two looks at it, for a rule that tells its curvature from several."""
    held = settings.regularisation
    changing = (
        "clip_norm",
        "gradient_noise",
        "dropout",
        "input_noise",
        "shift",
        "rotation",
        "elastic",
        "new_poses",
    )
    if not getattr(settings.optimizer, "steady", False):
        return []
    return [
        f"regularisation.{name}={getattr(held, name):g}: changes from look to look what"
        f" optimizer={choices.get('optimizer')} takes for one surface; leave it out, or use optimizer=adam"
        for name in (*changing, "mixup")
        if getattr(held, name)
    ]


def pose_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    share = settings.regularisation.new_poses
    if not share or settings.dataset.draws:
        return []
    return [
        f"regularisation.new_poses={share:g}: draws poses of the arm; use dataset=arkoma, or leave it out"
    ]


def image_conflicts(settings: Settings, data: Data) -> list[str]:
    """Why images cannot be moved, if they are to be."""
    if not settings.regularisation.distorts:
        return []
    advice = "use dataset=mnist, fashion_mnist or digits, or leave it out"
    if data.image_shape is None:
        return [
            f"regularisation.shift, rotation, elastic: move images, but {data.title} has none; {advice}"
        ]
    if input_kind(settings) not in ("pixels", "signed", "none"):
        return [
            f"dataset.scale.inputs={input_kind(settings)}: scales each pixel in its own way, so that images cannot be"
            " moved; use dataset.scale.inputs=pixels"
        ]
    return []


def batch_conflicts(settings: Settings, rows: int | None) -> list[str]:
    size, norm = settings.batch_size, settings.model.norm
    of_batches = norm in ("batch", "batch_renorm")
    if of_batches and size == 1:
        return [
            f"training.batch_size=1: model.norm={norm} needs at least 2 rows in a batch;"
            " raise it or use model.norm=layer"
        ]
    if rows is None or size == "full":
        return []
    if size > rows:
        return [
            f"training.batch_size={size}: there are only {rows} training rows; lower it or use training.batch_size=full"
        ]
    if of_batches and rows % size == 1:
        better = next(other for other in range(size + 1, rows + 2) if rows % other != 1)
        return [
            f"training.batch_size={size}: leaves a last batch of one row of {rows}, which model.norm={norm} cannot"
            f" normalise; use training.batch_size={better} or model.norm=layer"
        ]
    return []


def norm_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    model, wanted = (
        settings.model,
        [name for name in ("refresh_norm", "fold_norm") if getattr(settings.training, name)],
    )
    if wanted and not model.norm.startswith("batch"):
        return [
            f"training.{wanted[0]}=true: is about batch norm, but model={choices.get('model')} has norm {model.norm};"
            " use model=mlp model.norm=batch, or leave it out"
        ]
    if "fold_norm" in wanted and not getattr(model, "foldable", False):
        return [
            f"training.fold_norm=true: in model={choices.get('model')} no linear layer stands in front of each norm;"
            " use model=mlp, or leave it out"
        ]
    return []


def patience_conflicts(settings: Settings) -> list[str]:
    patience, epochs = settings.regularisation.patience, settings.training.epochs
    if patience is not None and patience >= epochs:
        return [
            f"regularisation.patience={patience}: can never stop a training of {epochs} epochs;"
            " lower it or raise training.epochs"
        ]
    return []


def schedule_conflicts(settings: Settings, rows: int | None) -> list[str]:
    if rows is None or not hasattr(settings.scheduler, "conflicts"):
        return []
    epoch_steps = -(-rows // settings.batch_rows(rows))
    return settings.scheduler.conflicts(Clock(settings.training.epochs, epoch_steps))


def strange(settings: Settings, data: Data) -> list[str]:
    """Why a model that knows other data cannot go on with these."""
    if not hasattr(settings.model, "misfits"):
        return []
    return settings.model.misfits(data, getattr(settings.loss, "per_target", 1))


def misfits(settings: Settings, data: Data, features: int) -> list[str]:
    """What does not fit the shape of the data."""
    loss, model = settings.loss, settings.model
    return [
        *image_conflicts(settings, data),
        *(loss.conflicts(data.classes) if hasattr(loss, "conflicts") else []),
        *(model.conflicts(features) if hasattr(model, "conflicts") else []),
    ]
