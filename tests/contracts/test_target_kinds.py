"""One row for each kind of target: no name of one is compared elsewhere, and a row with its parts is enough."""

from __future__ import annotations

import ast
import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from torch import Tensor

from ftcli.contracts import Example, Prediction, TargetKind
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.contracts.target_kinds import KINDS, wanted_kind
from ftcli.data.targets.base import Targets, targets_of
from ftcli.data.targets.columns import Numbers
from ftcli.data.targets.numbers import NumberReader
from ftcli.data.targets.reading import CellReader, Place, Reading
from ftcli.losses import LOSSES
from ftcli.media.formats import IMAGE_FILES, media_of
from ftcli.registry import part
from ftcli.tasks import OUTLINES, TASKS
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.supervised import SupervisedTask
from ftcli.tasks.targets.numbers import NumberCodec
from tests.running import Command
from tests.tiny import models as tiny_models

PACKAGE = Path(__file__).parents[2] / "ftcli"
ROWS = {"contracts/modalities.py", "contracts/target_kinds.py"}
CONSTANTS = {one.name.upper() for one in MODALITIES.values()}
NAMES = {*KINDS, *(row.wanted for row in KINDS.values()), *MODALITIES, *TASKS} - {"none"}
# Where a name is a word for something else: a form of networks, and a scheme of tags.
ELSEWHERE = {"models/": {"tokens"}, "ship/huggingface/": {"tokens"}, "contracts/tag_schemes.py": {"tokens"}}


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names of kinds, modalities and tasks that are compared with something: ==, !=, in, is, or a `match`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators] if not _is_membership(node) else [*node.comparators]
        elif isinstance(node, ast.MatchValue):
            sides = [node.value]
        else:
            continue
        for side in sides:
            parts = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
            for one in parts:
                if isinstance(one, ast.Constant) and one.value in NAMES:
                    yield node.lineno, str(one.value)
                if isinstance(one, ast.Name) and one.id in CONSTANTS:
                    yield node.lineno, one.id


def _is_membership(node: ast.Compare) -> bool:
    """`"text" in example.inputs` asks a mapping for a key; the names of a tuple on the right are compared."""
    return isinstance(node.ops[0], ast.In | ast.NotIn)


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).as_posix() not in ROWS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_compares_the_name_of_a_kind_a_modality_or_a_task(path: Path) -> None:
    found = [*compared(ast.parse(path.read_text(encoding="utf-8")))]
    here = path.relative_to(PACKAGE).as_posix()
    allowed = {name for start, names in ELSEWHERE.items() if here.startswith(start) for name in names}
    assert not [(line, name) for line, name in found if name not in allowed]


def test_comparisons_are_found() -> None:
    code = "kind == 'mask'\nkind in ('tags', x)\nmodality is IMAGE\n'text' in inputs\nmatch kind:\n  case 'boxes': pass"
    assert [name for _, name in compared(ast.parse(code))] == ["mask", "tags", "IMAGE", "boxes"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_parts_of_a_row_are_there(kind: TargetKind) -> None:
    assert isinstance(targets_of(kind), Targets)
    for reference in (kind.codec, kind.opener, kind.table_opener):
        assert not reference or callable(part(reference))
    assert kind.loss in LOSSES
    assert kind.turns_to is None or KINDS[kind.turns_to].many
    assert wanted_kind(kind.wanted).wanted == kind.wanted


def test_every_task_wants_a_kind_that_there_is() -> None:
    for outline in OUTLINES.values():
        assert wanted_kind(outline.wants).wanted == outline.wants
        assert set(outline.inputs) <= set(MODALITIES.values())


def test_a_modality_names_its_files() -> None:
    assert media_of(IMAGE) is IMAGE_FILES
    assert not TEXT.in_files


# A kind that no room knows: shares, written as "80%".


class ShareReader(NumberReader):
    """Reads "80%" as 0.8."""

    def add(self, cell: object, position: int) -> None:
        super().add(float(str(cell).removesuffix("%")) / 100, position)


class Shares(Targets):
    """What `ftcli/data/targets/shares.py` would hold."""

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return ShareReader(self.kind, reading.column, place)


class OneShare(NumberCodec):
    """What `ftcli/tasks/targets/shares.py` would hold: a number that is predicted as it was written."""

    def encode(self, example: Example) -> float:
        assert 0 <= example.target <= 1
        return super().encode(example)

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        return [Prediction(one.id, f"{one.label:.0%}") for one in super().predictions(outputs, ids)]


class TextShare(SupervisedTask[Texts, OneShare]):
    """The task that learns them."""

    inputs = (TEXT,)
    wants = "share"
    encoder = "texts"


SHARE = TargetKind(
    "share",
    plural="shares",
    does="predicts a share",
    plan="a share",
    figures=("mse", "rmse", "mae", "r2", "pearson"),
    thorough_figures=("spearman",),
    figure="mae",
    loss="mse",
    columns=(("share",),),
    keys=frozenset({"label"}),
    codec=f"{__name__}:OneShare",
    reader=f"{__name__}:Shares",
)
CONFIG = """
task: text-share
data: {train: shares.csv, val: 0.25, batch_size: 8, max_length: 16}
model: bert
optimizer: {lr: 5e-3}
training: {epochs: 2, device: cpu, precision: fp32, seed: 1}
"""


def test_a_kind_is_one_row_a_codec_and_a_reader(
    ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "share", SHARE)
    monkeypatch.setitem(TASKS._entries, "text-share", f"{__name__}:TextShare")
    tiny_models.bert(workplace / "bert")
    rows = [(f"a {word} film", share) for word, share in (("good", "80%"), ("bad", "20%")) for _ in range(12)]
    with (workplace / "shares.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "share"), *rows])
    (workplace / "shares.yaml").write_text(CONFIG)

    shown = ftcli.ok("train", "shares.yaml")
    assert "18 train, 6 val examples; a share" in shown
    run = workplace / "runs" / "shares"
    summary = json.loads((run / "summary.json").read_text())
    assert set(summary["val"]) == {"loss", *SHARE.figures, *SHARE.thorough_figures}
    evaluated = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", "shares.csv", "--json"))
    assert 0 <= evaluated["mae"] < 1
    predicted = [*csv.DictReader(ftcli.ok("predict", "--checkpoint", run, "a good film").splitlines())]
    assert [row["label"][-1] for row in predicted] == ["%"]
    refused = ftcli("train", "shares.yaml", "loss=focal")
    assert refused.status == 2
    assert "'focal' does not fit a share target" in refused.err
    refused = ftcli("train", "shares.yaml", "data.classes=[a]")
    assert (
        "data.classes: is for classes, boxes, masks and tags, and this task predicts a share" in refused.err
    )


def test_a_column_of_shares_is_numbers() -> None:
    column = targets_of(SHARE).cells(Reading(SHARE), str)
    column.add("80%", 1)
    labels = column.labels()
    assert isinstance(labels, Numbers)
    assert (labels.kind, labels[0]) == (SHARE, 0.8)
