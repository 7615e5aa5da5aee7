"""What is right by itself and wrong together: a line for each, which names the setting and says what would work."""

from nnrun.config.settings import Settings
from nnrun.errors import Problem
from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.landscape import Landscape
from nnrun.parts.loss import Height
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
        *settings.regularisation.unfit_for_clock(Clock(settings.training.epochs, 1)),
        *schedule_conflicts(settings, rows),
    ]


def idle(overrides: list[str], task: str | None, settings: Settings) -> list[str]:
    """What was typed and would do nothing."""
    typed = [override.partition("=") for override in overrides]
    problems = [
        Problem(key, value, f"has no effect, as {why}", advice)
        for idle, (why, advice) in without_effect(settings, task).items()
        for key, _, value in typed
        if f"{key}.".startswith(f"{idle}.")
    ]
    return [str(problem) for problem in problems]


def without_effect(settings: Settings, task: str | None) -> dict[str, tuple[str, str]]:
    """Name settings that do nothing beside what was chosen: why, and what to do."""
    optimizer, model, dataset = settings.optimizer, settings.model, settings.dataset
    without = optimizer.without_effect() | model.without_effect() | dataset.without_effect()
    if task == "classification":
        without["dataset.scale.targets"] = "classes are not scaled", "leave it out"
    if settings.batch_size == settings.training.batch_size:  # which is taken anyway
        without.pop("training.batch_size", None)
    return without


def landscape_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    """A landscape goes with a point and its height, and these with nothing else."""
    parts = {group: getattr(settings, group) for group in ("model", "loss")}
    fitting = [group for group, part in parts.items() if part.task == "landscape"]
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
    assert isinstance(loss, Height)
    assert isinstance(dataset, Landscape)
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
    if task not in (None, model.task or task):
        wrong = (
            f"chooses between classes, but dataset={choices.get('dataset')} has numbers to predict"
        )
        return [f"{name}: {wrong}; use model=linear"]
    if loss.task != "any" and loss != (model.loss or loss):
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
    of_an_arm = settings.loss.of_an_arm
    if of_an_arm and not isinstance(settings.dataset, Arkoma):
        return [
            f"loss={loss}: compares poses of an arm's hand, but dataset={dataset} has no arm; use dataset=arkoma, or"
            " loss=mse"
        ]
    if of_an_arm and scaled == "quantile":
        return [
            f"dataset.scale.targets=quantile: loss={loss} cannot take joints back from it; use"
            " dataset.scale.targets=standard"
        ]
    if settings.loss.unscaled and scaled != "none":
        return [
            f"dataset.scale.targets={scaled}: moves the targets' zero, and loss={loss} is a share of the target;"
            " use dataset.scale.targets=none"
        ]
    return []


def input_kind(settings: Settings) -> str:
    """How inputs are scaled: as chosen, or as the run had it that the model goes on from."""
    kept = settings.model.kept_inputs
    return settings.scale.inputs if kept is None else kept.scaling.kind


def target_kind(settings: Settings) -> str:
    """How targets are scaled: as chosen, or as the run had it whose last layer is kept."""
    kept = settings.model.kept_targets
    return settings.scale.targets if kept is None else kept.kind


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
    taken = loss.smoothing
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
    if not decay or not settings.optimizer.decays:
        return []
    return [
        f"regularisation.weight_decay={decay:g}: optimizer={choices.get('optimizer')} has a decay of its own; set"
        f" optimizer.weight_decay={decay:g} instead, or take optimizer=adam"
    ]


def compile_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    if not settings.training.compile or not settings.optimizer.by_torch:
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
    if not settings.optimizer.one_surface:
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
    size, norm = settings.batch_size, settings.model.normalised_by
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
    if wanted and not model.normalised_by.startswith("batch"):
        return [
            f"training.{wanted[0]}=true: is about batch norm, but model={choices.get('model')} has norm {model.normalised_by};"
            " use model=mlp model.norm=batch, or leave it out"
        ]
    if "fold_norm" in wanted and not model.foldable:
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
    if rows is None:
        return []
    epoch_steps = -(-rows // settings.batch_rows(rows))
    return settings.scheduler.unfit_for_clock(Clock(settings.training.epochs, epoch_steps))


def strange(settings: Settings, data: Data) -> list[str]:
    """Why a model that knows other data cannot go on with these."""
    return settings.model.unfit_for_data(data, settings.loss.per_target)


def misfits(settings: Settings, data: Data, features: int) -> list[str]:
    """What does not fit the shape of the data."""
    loss, model = settings.loss, settings.model
    return [
        *image_conflicts(settings, data),
        *loss.unfit_for_classes(data.classes),
        *model.unfit_for_features(features),
    ]
