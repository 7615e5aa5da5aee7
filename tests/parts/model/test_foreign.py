"""Networks of one's own: only when trusted, alone and together, saved and loaded."""

import json
import random
import signal
import subprocess
import sys
from copy import deepcopy
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import nnrun as package
from nnrun.engine.members import bind, layout, row
from nnrun.errors import Mistake, TrainingFailed
from nnrun.parts.model.foreign import Foreign, adopt

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, inputs, outputs, width=8, unused=False):
        super().__init__()
        self.first, self.norm = nn.Linear(inputs, width, bias=False), nn.BatchNorm1d(width)
        self.last = nn.Linear(width, outputs)
        self.extra = nn.Linear(2, 2) if unused else None

    def forward(self, x):
        return self.last(torch.tanh(self.norm(self.first(x))))

class Stubborn(Net):
    def forward(self, x):
        return super().forward(x) * (1.0 if float(x.sum()) else 1.0)  # a number out of a batch is what vmap refuses

class Counting(Net):
    calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x)

class Wrong(Net):
    def forward(self, x):
        return self.last(x)

class Useless(Net):
    def forward(self, x):
        return super().forward(x) if self.training else self.norm

class Lost(Net):
    def forward(self, x):
        return {}["missing"]

class Leaving(Net):
    def forward(self, x):
        raise SystemExit

class Cut(Net):
    def forward(self, x):
        with torch.no_grad():
            return super().forward(x)

class Keeping(Net):
    kept = 0

    def forward(self, x):
        said = super().forward(x) + 0 * self.kept
        self.kept = said.mean()
        return said

class Logarithm(Net):
    def forward(self, x):
        return super().forward(torch.log(-x.abs() - 1))

class Greedy(Net):
    def forward(self, x):
        return super().forward(x) + torch.empty(10**14).sum()

class Ended(Net):
    def forward(self, x):
        import os, signal
        os.kill(os.getpid(), signal.SIGTERM)
        return super().forward(x)

class Passing(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.register_buffer("scale", torch.randn(inputs), persistent=False)
        self.register_buffer("nothing", None)

    def forward(self, x):
        return super().forward(x * self.scale)

class Recurrent(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.read, self.last = nn.GRU(1, 8, batch_first=True), nn.Linear(8, outputs)

    def forward(self, x):
        return self.last(self.read(x[..., None])[0][:, -1])

class Lazy(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.last = nn.LazyLinear(outputs)

class Picky(Net):
    def forward(self, x):
        said = super().forward(x)
        return said if self.training or float(said.sum()) else 2 * said  # what vmap refuses in use alone

class Following(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.teacher = nn.Linear(8, outputs).requires_grad_(False)

    def forward(self, x):
        with torch.no_grad():
            for ours, theirs in zip(self.teacher.parameters(), self.last.parameters()):
                ours.copy_(theirs)
        return super().forward(x)

class Registering(Net):
    def forward(self, x):
        self.register_buffer("late", x.mean())
        return super().forward(x)

class Hooked(Net):
    def forward(self, x):
        said = super().forward(x)
        if self.training:
            said.register_hook(wrong)
        return said

class Own(Exception):
    pass

def wrong(slope):
    raise Own("of no kind that Python knows")

class Leave(Net):
    def __init__(self, inputs, outputs):
        raise SystemExit

class Apart(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.back = nn.Parameter(self.first.weight.T)

class Unmade(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.last = nn.Linear(8, outputs, device="meta")

class Secret(Net):
    def state_dict(self, *args, **kwargs):
        return {}

class Complex(Net):
    def forward(self, x):
        return super().forward(x).to(torch.complex64)

class Talking(Net):
    def __init__(self, inputs, outputs):
        print("made")
        super().__init__(inputs, outputs)

    def forward(self, x):
        print("asked")
        return super().forward(x)

class Holding(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.steps = [lambda x: self.first(x)]

    def forward(self, x):
        return self.last(self.steps[0](x))

class Viewing(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs, width=12)

    def forward(self, x):
        return super().forward(x * self.first.weight.view(-1).mean())

class Masked(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.first.weight.register_hook(lambda slope: 0 * slope)

class Late(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.last.bias.register_post_accumulate_grad_hook(lambda bias: None)

class Waves(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.register_buffer("waves", torch.ones(8, dtype=torch.complex64))

class Numbered(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.places = nn.Parameter(torch.arange(8), requires_grad=False)

class Large(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.register_buffer("key", torch.tensor([2**24 + 1]))

class Whole(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.register_buffer("mask", torch.tensor([True, False] * 4))
        self.register_buffer("places", torch.arange(7, -1, -1))

    def forward(self, x):
        hidden = torch.tanh(self.norm(self.first(x)))
        return self.last(hidden.masked_fill(self.mask, 0.0)[:, self.places])

class Frozen(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.first.requires_grad_(False)

class Tied(Net):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.also = nn.Linear(8, outputs)
        self.also.weight = self.last.weight
        self.same = self.norm

    def forward(self, x):
        hidden = torch.tanh(self.same(self.first(x)))
        return self.last(hidden) + self.also(hidden)
"""
LINE = {
    name: NET[: NET.index(text)].count("\n") + 1
    for name, text in (("Lost", "{}["), ("Leaving", "raise S"), ("Viewing", "view("))
}
FAILURES = {
    "Wrong": "Wrong failed on rows (34, 6), net.py line",
    "Lost": f"Lost failed on rows (34, 6), net.py line {LINE['Lost']}: KeyError: 'missing'",
    "Leaving": f"Leaving failed on rows (34, 6), net.py line {LINE['Leaving']}: SystemExit",
    "Complex": "Complex failed on rows (34, 6): it gives complex numbers",
    "Registering": "ValueError: it registers late when it is asked, not when it is made",
    "Holding": "its network asks for first.weight as it was built, not as it is trained; something",
    "Viewing": f"Viewing failed on rows (34, 6), net.py line {LINE['Viewing']}: view size is not",
    "Useless": "Useless failed on rows (34, 6): it gives a BatchNorm1d where a tensor of (34, 5) is",
    "Cut": "Cut failed on rows (34, 6): its answers do not depend on its parameters; torch.no_grad",
}
LATER = {
    "Keeping": "a step of its network failed: Trying to backward through the graph a second time",
    "Hooked": "a step of its network failed: Own: of no kind that Python knows",
    "Greedy": "memory ran out; try training.batch_size=",
    "Logarithm": "became nan in epoch 1, step 1, before any weight had moved; look for logarithms",
}
TINY = (
    "dataset.rows=170",
    "training.epochs=3",
    "training.batch_size=34",
    "training.device=cpu",
    "model=module",
)
BARE = ("output.pictures=false", "output.baselines=false")


@pytest.fixture
def net(tmp_path, monkeypatch):
    (tmp_path / "net.py").write_text(NET)
    monkeypatch.setenv("NNRUN_TRUST", "")
    yield
    sys.modules.pop("net", None)


@pytest.fixture
def train_net(nnrun, net):
    def run(*words):
        return nnrun("--trust", "net", *TINY, *BARE, *words)

    return run


def test_a_network_of_ones_own_trains_and_predicts(train_net, tmp_path):
    ran = train_net("model.module=net:Net", "+model.arguments.width=5", "regularisation.l2=1e-3")

    assert ran.code == 0, ran.err
    saved = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    bundle = package.load(ran.folder)
    assert bundle.network.inner.first.out_features == 5
    assert len(saved) == 34


@pytest.mark.parametrize("wrong", ["raise SystemExit", "raise ValueError('wrong')"])
def test_what_cannot_be_imported_is_told(wrong, nnrun, net, tmp_path):
    (tmp_path / "net.py").write_text(wrong)

    told = nnrun("--trust", "net", *TINY, "model.module=net:Net")

    assert told.code == 2
    assert "model.module='net:Net': cannot be imported (" in told.err


def test_what_is_not_trusted_is_not_imported(nnrun, net, tmp_path):
    (tmp_path / "net.py").write_text("raise SystemExit('imported')")

    told = nnrun(*TINY, "model.module=net:Net")

    assert told.code == 2
    assert "would run code of net; if you trust it, add --trust net" in told.err


def test_a_saved_run_does_not_bring_its_own_trust(train_net, monkeypatch):
    folder = train_net("model.module=net:Net").folder
    monkeypatch.setenv("NNRUN_TRUST", "")

    in_python = r"--trust net; in Python: os.environ\['NNRUN_TRUST'\] = 'net'"
    with pytest.raises(Mistake, match=in_python):
        package.load(folder)


def test_torchs_own_layers_are_trusted(nnrun):
    assert nnrun(*TINY, *BARE, "model.module=torch.nn:Linear").code == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["model.module=net"], "expected package.module:Class, such as torch.nn:Linear"),
        (["model.module=net:Nothing"], "has no attribute 'Nothing'"),
        (["model.module=net:torch"], "is no class"),
        (["model.module=net:Net", "+model.arguments.depth=2"], "cannot make one"),
        (["model.module=torch.nn:ReLU"], "cannot make one"),
        (["model.module=net:Unmade"], "has parameters without numbers (on the meta device)"),
        (["model.module=net:Secret"], "has a state_dict without first.weight, last.bias,"),
        (["model.module=net:Apart"], "has back and first.weight in one memory, but as two"),
        (
            ["model.module=net:Masked"],
            "has a hook on the gradient of first.weight, which nnrun would",
        ),
        (
            ["model.module=net:Late"],
            "has a hook on the gradient of last.bias, which nnrun would not",
        ),
        (["model.module=net:Waves"], "has complex numbers in waves; hold real and imaginary parts"),
        (["model.module=net:Numbered"], "has whole numbers in its parameter places; make it a buf"),
        (["model.module=net:Large"], "has whole numbers beyond 16,777,216 in its buffer key, held"),
        (["model.module=net:Leave"], "cannot make one, net.py line "),
        (["model.module=net:Lazy"], "has layers whose sizes are not known before they are asked"),
    ],
)
def test_what_does_not_work_is_told_in_one_line(words, line, train_net):
    told = train_net(*words)

    assert told.code == 2
    assert line in told.err
    assert told.folders == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["model.module=net:Net"], None),
        (["model.module=net:Counting"], "its network keeps something in Python from step to step"),
        (
            ["model.module=net:Net", "optimizer=torch", "optimizer.name=ASGD"],
            "its optimizer is torch's own",
        ),
    ],
)
def test_the_log_says_why_steps_go_by_autograd(words, why, train_net):
    log = (train_net(*words).folder / "log.txt").read_text()

    told = [line for line in log.splitlines() if "autograd" in line]
    assert told == ([] if why is None else [f"its steps went by autograd, not from a tape: {why}"])


@pytest.mark.parametrize(("name", "line"), [*FAILURES.items(), *LATER.items()])
def test_a_network_that_fails_is_told_in_a_line_and_with_its_own(name, line, train_net):
    told = train_net(f"model.module=net:{name}")

    assert told.code == 3
    assert line in told.err
    assert told.err.count("\n") == 1


def test_what_no_learning_rate_can_mend_gets_other_advice(train_net):
    told = train_net("model.module=net:Logarithm").err

    assert "before any weight had moved; look for logarithms" in told
    assert "optimizer.lr" not in told


@pytest.mark.parametrize(("name", "line"), FAILURES.items())
def test_a_check_asks_it_for_an_answer(name, line, nnrun, net):
    told = nnrun("check", "--trust", "net", *TINY, f"model.module=net:{name}")

    assert told.code == 2
    assert "error: model=module: " in told.err
    assert line in told.err


def test_a_signal_that_finds_a_network_at_work_is_no_failure_of_it(net, tmp_path):
    words = "--trust", "net", *TINY, *BARE, "model.module=net:Ended"
    command = sys.executable, "-m", "nnrun", *words

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert ended.returncode == 128 + signal.SIGTERM, ended.stderr
    assert "failed on rows" not in ended.stderr


@pytest.mark.parametrize("networks", [1, 3])
def test_what_is_frozen_stays_and_the_rest_learns(networks, train_net):
    words = "model.module=net:Frozen", f"training.ensemble={networks}"
    before, after = (
        package.load(train_net(*words, f"optimizer.lr={rate}").folder).network.inner
        for rate in (1e-3, 1e-2)
    )

    assert torch.equal(before.first.weight, after.first.weight)
    assert not torch.equal(before.last.weight, after.last.weight)


@pytest.mark.parametrize("networks", [1, 3])
def test_what_is_frozen_may_be_moved_by_the_networks_own_code(networks, train_net):
    ran = train_net("model.module=net:Following", f"training.ensemble={networks}", "optimizer=sgd")

    assert ran.code == 0, ran.err
    ours = package.load(ran.folder).network.inner
    assert torch.allclose(ours.teacher.weight, ours.last.weight, atol=0.1)


@pytest.mark.parametrize("networks", [1, 3])
def test_a_weight_that_layers_share_stays_one(networks, train_net):
    ran = train_net("model.module=net:Tied", f"training.ensemble={networks}")

    assert ran.code == 0, ran.err
    bundle = package.load(ran.folder)
    ours = bundle.network.inner
    assert ours.also.weight is ours.last.weight
    assert ours.same.running_mean is ours.norm.running_mean
    first = package.load(train_net("model.module=net:Tied", "optimizer.lr=1e-2").folder)
    assert not torch.equal(first.network.inner.last.weight, ours.last.weight[:1])


def test_a_shared_weight_is_one_view_in_both_places():
    torch.manual_seed(0)
    plain = nn.ModuleDict({"a": nn.Linear(3, 3), "b": nn.Linear(3, 3)})
    plain["b"].weight = plain["a"].weight
    where = layout(plain)
    numbers = row(plain, where)[None]

    bind(plain, where, numbers)

    assert len(where.shapes) == 3
    assert plain["b"].weight is plain["a"].weight
    numbers += 1
    x = torch.ones(2, 3)
    expected = F.linear(x, where.views(numbers)["a.weight"], where.views(numbers)["b.bias"])
    assert torch.equal(plain["b"](x), expected)


def test_what_it_prints_gets_into_nobodys_table(nnrun, net, tmp_path):
    (tmp_path / "rows.csv").write_text("a,y\n" + "".join(f"{n},{n * n}\n" for n in range(34)))
    own, table = "model.module=net:Talking", ("dataset=table", "dataset.path=rows.csv")
    words = *BARE, "training.epochs=1", "model=module", own, *table, "dataset.target=y"
    nnrun("--trust", "net", *words)

    asked = nnrun("--trust", "net", "predict", "last", "rows.csv")
    checked = nnrun("check", "--json", "--trust", "net", *TINY, own)

    assert asked.out.startswith("y\n")
    assert "asked" in asked.err
    assert json.loads(checked.out)["model"].startswith("module net:Talking")
    assert "made" in checked.err


def test_what_is_kept_in_python_is_said_to_be_lost(train_net):
    told = train_net("model.module=net:Counting").out

    assert "what its network keeps in Python is not saved, nor there after a resume;" in told
    assert "keeps in Python" not in train_net("model.module=net:Net").out


def test_a_setting_is_no_package_to_trust(nnrun, net):
    told = nnrun("check", "--trust", "training.epochs=3", "model=module", "model.module=net:Net")

    assert told.code == 2
    assert "--trust=training.epochs=3: is no package; name one before it" in told.err


def test_parameters_that_are_not_used_stay_as_they_are(train_net):
    assert train_net("model.module=net:Net", "+model.arguments.unused=true").code == 0


def test_members_train_together_by_vmap_and_equal_each_alone_to_the_fifth_digit(nnrun, net):
    words = (
        "--trust",
        "net",
        *TINY,
        *BARE,
        "model.module=net:Net",
        "training.epochs=20",
        "optimizer.lr=1e-3,3e-3",
    )
    words = tuple(word for word in words if word != "training.epochs=3")
    swept = nnrun("-m", *words, "hydra.launcher.workers=1")
    assert "2 together" in swept.out

    alone = nnrun(
        *(word for word in words if not word.startswith("optimizer.lr")), "optimizer.lr=3e-3"
    )

    ours, theirs = (
        pd.read_csv(folder / "predictions.csv")
        for folder in (swept.folder / "lr=0.003", alone.folder)
    )
    assert np.allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert json.loads((swept.folder / "lr=0.003" / "run.json").read_text())["together"] == 2


def test_what_refuses_vmap_is_asked_for_one_member_after_the_other(nnrun, net):
    words = "--trust", "net", *TINY, *BARE, "model.module=net:Stubborn"

    swept = nnrun("-m", *words, "seed=0,1,2", "hydra.launcher.workers=1")

    assert swept.code == 0, swept.err
    record = json.loads((swept.folder / "seed=1" / "run.json").read_text())
    assert record["together"] == 3
    alone = nnrun(*words, "seed=1")
    ours, theirs = (
        (folder / "predictions.csv").read_bytes()
        for folder in (swept.folder / "seed=1", alone.folder)
    )
    assert ours == theirs


def test_what_refuses_vmap_draws_as_if_it_had_not_been_asked():
    class Stubborn(Restless):
        def forward(self, x):
            return super().forward(x) * (2.0 if float(x.sum()) > 0 else 1.0)

    x, said = torch.arange(36.0).view(3, 4, 3), []
    for refused in (set(), {True}):
        ours = adopt(Stubborn, (3, 2), {}, torch.Generator().manual_seed(0))
        ours.one_by_one = set(refused)
        where = layout(ours)
        bind(ours, where, torch.stack([row(ours, where)] * 3))
        torch.manual_seed(1)
        said.append(ours(x))

    assert ours.one_by_one == {True}
    assert torch.equal(*said)


@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize(
    "name", ["Stubborn", "Passing", "Recurrent", "Tied", "Frozen", "Picky", "Whole"]
)
def test_what_is_loaded_answers_as_what_was_trained(name, networks, nnrun, net, tmp_path):
    x = np.random.default_rng(0).normal(size=(80, 3))
    rows = pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=x.sum(1))
    rows.to_csv(tmp_path / "rows.csv", index=False)
    few = "training.epochs=3", "training.batch_size=20", "training.device=cpu", "optimizer.lr=0.1"
    data = "dataset=table", "dataset.path=rows.csv", "dataset.target=y"
    model = "model=module", f"model.module=net:{name}", f"training.ensemble={networks}"

    ran = nnrun("--trust", "net", *data, *model, *few, *BARE)

    assert ran.code == 0, ran.err
    assert ran.err == ""
    saved = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    answers = package.load(ran.folder).predict(rows.loc[saved.index, ["a", "b", "c"]])
    first = np.asarray(answers).reshape(len(saved), -1)[:, 0]  # a deviation may follow
    assert np.allclose(first, saved["predicted_y"], atol=1e-5)


# What it draws and remembers


class Restless(nn.Module):
    """Draws in training and in use, and puts a new buffer in the place of the old one each time."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.last = nn.Linear(inputs, outputs)
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(inputs))

    def forward(self, x):
        self.calls = self.calls + 1
        self.mean.data = x.mean(0)
        return self.last(F.dropout(x, 0.5))


def network(seed=0):
    return adopt(Restless, (3, 2), {}, torch.Generator().manual_seed(seed))


def test_first_weights_follow_from_the_seed_and_leave_torchs_own_stream_alone():
    torch.manual_seed(7)
    expected = Restless(3, 2)
    torch.manual_seed(1)
    before = torch.get_rng_state()

    ours = network(7)

    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(ours.inner.last.weight, expected.last.weight)
    assert not torch.equal(network(8).inner.last.weight, expected.last.weight)


def test_in_use_the_same_rows_get_the_same_answer_and_in_training_others():
    ours, x = network(), torch.ones(4, 3)
    assert not torch.equal(ours(x), ours(x))
    ours.eval()
    torch.manual_seed(1)
    before = torch.get_rng_state()

    answers = [ours(x), ours(x)]

    assert torch.equal(*answers)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("members", [1, 3])
def test_a_buffer_that_is_replaced_stays_a_view_of_the_members_numbers(members):
    ours = network()
    where = layout(ours)
    numbers = torch.stack([row(ours, where)] * members)
    bind(ours, where, numbers)
    x = torch.arange(12.0 * members).view(members, 4, 3)

    for _ in range(2):
        ours(x if members > 1 else x[0])

    views = where.views(numbers)
    assert (views["inner.calls"] == 2).all()
    assert torch.equal(views["inner.mean"].view(members, 3), x.mean(1))
    assert ours.inner.mean.data_ptr() == views["inner.mean"].data_ptr()


class Choosing(nn.Linear):
    """Counts in whole numbers, in two places, and chooses other columns each time."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.register_buffer("chosen", torch.tensor([True, False, True]))
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.register_module("part", nn.Module())
        self.part.register_buffer("same", self.calls)

    def forward(self, x):
        self.part.same += 1
        x = super().forward(x.masked_fill(self.chosen, 0.0)) * (self.calls % 2)
        self.chosen = ~self.chosen
        return x


@pytest.mark.parametrize("members", [1, 3])
def test_buffers_of_whole_numbers_and_truths_stay_of_their_kinds(members):
    torch.manual_seed(0)
    plain = Choosing(3, 2)
    ours = Foreign(plain, 2)
    plain = deepcopy(plain)
    numbers = torch.stack([row(ours, where := layout(ours))] * members)
    bind(ours, where, numbers)
    x = torch.arange(12.0).view(4, 3)

    said = [ours(x if members == 1 else x.expand(members, 4, 3)) for _ in range(3)]

    for found, expected in zip(said, [plain(x) for _ in range(3)], strict=True):
        assert torch.allclose(found, expected.expand_as(found))
    views = where.views(numbers)
    assert (views["inner.calls"] == 3).all()
    assert (views["inner.chosen"] == plain.chosen).all()


class Bending(nn.Linear):
    """Bends its gradient, where it has one."""

    def forward(self, x):
        said = super().forward(x)
        if said.requires_grad:
            said.register_hook(lambda slope: slope.clamp(-0.1, 0.1))
        return said


class Again(nn.Linear):
    """Forgets what it found, and computes it again on the way back."""

    def forward(self, x):
        said = super().forward(x)
        return checkpoint(lambda one: one.sin() * one, said, use_reentrant=False)


@pytest.mark.parametrize("kind", [Bending, Again])
def test_what_vmap_loses_or_refuses_on_the_way_back_is_asked_one_by_one(kind):
    torch.manual_seed(0)
    alone, x = Foreign(kind(3, 2), 2), torch.arange(12.0).view(4, 3)
    together = deepcopy(alone)
    bind(together, where := layout(together), torch.stack([row(together, where)] * 2))

    alone(x).square().sum().backward()
    together(x.expand(2, 4, 3)).square().sum().backward()

    assert together.one_by_one == {True}
    for slope in together.inner.weight.grad:
        assert torch.equal(slope, alone.inner.weight.grad)


def test_a_network_that_puts_a_parameter_elsewhere_is_refused_as_nobody_would_save_that():
    class Clamped(nn.Linear):
        def forward(self, x):
            self.weight.data = self.weight.data.clamp(-0.2, 0.2)
            return super().forward(x)

    class Renewed(nn.Linear):
        def forward(self, x):
            self.weight = nn.Parameter(self.weight.clamp(-0.2, 0.2))
            return super().forward(x)

    told = "it puts other numbers in the place of .*weight; change it in place, as by clamp_"
    for kind, members in product((Clamped, Renewed), (1, 3)):
        network = Foreign(kind(3, 2), 2)
        bind(network, where := layout(network), torch.stack([row(network, where)] * members))
        with pytest.raises(TrainingFailed, match=told):
            network(torch.ones(members, 4, 3) if members > 1 else torch.ones(4, 3))


class Shrinking(nn.Linear):
    """Puts a number in the place of three."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.register_buffer("seen", torch.zeros(3))

    def forward(self, x):
        self.seen = x.detach().mean()
        return super().forward(x)


class Deleting(Shrinking):
    def forward(self, x):
        del self.seen
        return nn.Linear.forward(self, x)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize(
    ("cls", "told"),
    [
        (Shrinking, r"it puts \(.*\) in the place of .*seen, which was registered as \(.*3,?\)"),
        (Deleting, "it deletes .*seen when it is asked"),
    ],
)
def test_what_a_buffer_could_not_hold_is_refused(cls, told, members):
    network = Foreign(cls(3, 2), 2)
    bind(network, where := layout(network), torch.stack([row(network, where)] * members))

    with pytest.raises(TrainingFailed, match=told):
        network(torch.ones(members, 4, 3) if members > 1 else torch.ones(4, 3))


def test_a_network_that_vmap_refuses_now_and_then_is_asked_one_by_one():
    class Peeking(nn.Linear):
        asked = 0

        def forward(self, x):
            self.asked += 1
            return super().forward(x) if self.asked < 3 else super().forward(x) + 0 * x.sum().item()

    network = Foreign(Peeking(3, 2), 2)
    bind(network, where := layout(network), torch.stack([row(network, where)] * 2))

    said = [network(torch.ones(2, 4, 3)) for _ in range(4)]

    assert network.one_by_one == {True}
    assert torch.allclose(said[0], said[3])


def test_what_python_and_numpy_draw_follows_from_the_seed_too():
    class Drawing(nn.Linear):
        def __init__(self, inputs, outputs):
            super().__init__(inputs, outputs)
            self.scale = random.random() + np.random.rand()

        def forward(self, x):
            return super().forward(x) * random.random() * np.random.rand()

    stood = random.getstate(), np.random.get_state()[1].tolist()
    one, same, other = (
        adopt(Drawing, (3, 2), {}, torch.Generator().manual_seed(n)) for n in (0, 0, 1)
    )

    assert one.inner.scale == same.inner.scale != other.inner.scale
    assert torch.equal(*[one.eval()(torch.ones(4, 3)) for _ in range(2)])
    assert stood == (random.getstate(), np.random.get_state()[1].tolist())


def test_an_error_leaves_torchs_own_stream_as_it_was():
    ours = Foreign(nn.Linear(3, 2), 2).eval()
    before = torch.get_rng_state()

    with pytest.raises(TrainingFailed, match="Linear failed on rows"):
        ours(torch.ones(4, 5))

    assert torch.equal(torch.get_rng_state(), before)


class Changing(nn.Linear):
    def forward(self, x):
        return super().forward(x.mul_(2))


def test_a_network_may_change_its_rows_and_nobody_elses():
    network, rows = Foreign(Changing(3, 2), 2), torch.ones(4, 3)
    network(rows)
    assert rows.eq(1).all()


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (lambda said: (said, said), "a tuple"),
        (lambda said: said[:, :1], r"\(4, 1\)"),
        (lambda said: said[..., 0], r"\(4,\)"),
    ],
)
def test_what_is_no_answer_to_each_row_is_refused(answer, given):
    class Odd(nn.Linear):
        def forward(self, x):
            return answer(super().forward(x))

    wrong = rf"Odd failed on rows \(4, 3\): it gives {given} where a tensor of \(4, 2\) is wanted"
    with pytest.raises(TrainingFailed, match=wrong):
        Foreign(Odd(3, 2), 2)(torch.ones(4, 3))
