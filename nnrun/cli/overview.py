"""The text of `nnrun --help`."""

from nnrun.cli import train
from nnrun.cli.verbs import VERBS, load_verb
from nnrun.config import catalogue

TEXT = """\
nnrun trains neural networks from a configuration.

{usages}

Groups and their options (* when nothing is said):
{groups}

For example:
  nnrun dataset=arkoma optimizer=adam optimizer.lr=1e-3 training.epochs=20
  nnrun dataset=table dataset.path=houses.csv dataset.target=price
  nnrun -m optimizer=adam,sgd seed=0,1,2
  nnrun --cfg job optimizer=sgd               print the configuration instead of training
  eval "$(nnrun -sc install=bash)"            complete with TAB

RUN is the folder or the name of a run, or last or best for one below outputs. \
--json also goes with again, resume, reproduce, check, runs, compare, note, rm, ls, show,\
 ensemble, refit, predict, evaluate and importance.
Own networks: --trust PACKAGE lets model=module name a class of yours, \
as in model.module=net:Net for ./net.py.
Own options: ./conf/GROUP/OPTION.yaml, or another folder by --config-dir DIR or $NNRUN_CONF.
Hydra's flags: --cfg job|hydra|all, --info, -m, -sc; all of them by nnrun --hydra-help."""


def overview() -> str:
    """Put together what can be typed and what can be chosen."""
    verbs = [load_verb(name) for name in VERBS]
    usages = train.USAGES | {verb.usage: verb.summary for verb in verbs}
    return TEXT.format(
        usages="\n".join(f"  {usage:44}{summary}" for usage, summary in usages.items()),
        groups="\n".join(map(group_line, catalogue.groups())),
    )


def group_line(group: str) -> str:
    """Name a group and its options; a star marks the default."""
    default = catalogue.defaults()[group]
    named = [f"{option}*" if option == default else option for option in catalogue.options(group)]
    return f"  {group:15} {', '.join(named)}"
