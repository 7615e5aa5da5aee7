"""What the curves say, in one sentence: under-, over- or well fitted."""


def verdict(
    train: list[float], val: list[float], best_epoch: int, gauge: str, best_gauge: float, linear: float | None
) -> str:
    """The reading of loss curves; `linear` is the gauge a linear baseline reached, if one was asked."""
    best = val[best_epoch - 1]
    if len(val) < 3:
        return "too few epochs to judge: raise training.epochs"
    if linear is not None and not best_gauge > linear + 0.01 * abs(linear):
        return f"underfitted: {gauge} {best_gauge:.3f} is no better than a linear model's {linear:.3f}; train longer or widen it"
    risen = val[-1] / best - 1
    if risen > 0.1 and train[-1] < train[best_epoch - 1]:
        return (
            f"overfitted after epoch {best_epoch}: validation loss rose by {risen:.0%} while training loss went on falling;"
            " the best weights are kept, regularisation=[dropout,early_stopping] may help"
        )
    fall = 1 - best / min(val[: max(1, int(len(val) * 0.9))])
    if best_epoch > 0.9 * len(val) and fall > 0.05:
        return f"not finished: validation loss still fell by {fall:.0%} in the last tenth; raise training.epochs"
    ratio = best / train[best_epoch - 1]
    if ratio > 2:
        return f"well fitted, though new rows cost {ratio:.1f} times the training loss: more data would help most"
    return f"well fitted: best at epoch {best_epoch} of {len(val)}, validation and training loss lie close together"
