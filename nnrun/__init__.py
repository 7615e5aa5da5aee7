"""nnrun trains neural networks from a configuration."""

__version__ = "0.1.0"


def load(run: str):
    """Load the model of a run folder, ready to predict."""
    from nnrun.bundle import bundle  # torch comes with it, and costs a second

    return bundle.load(run)
