"""An export is kept whole or not at all: planted faults, and the control."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import transformers as hf

import ftcli as package
from ftcli.errors import ParityError, UserError
from ftcli.registry import Registry
from ftcli.report.exported import NAME as DOCUMENT
from ftcli.runs.directory import RunDirectory
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.exporting import Exported, check_free, export, kept
from ftcli.ship.graphs.onnx import OnnxExporter
from ftcli.ship.graphs.torch_export import TorchExporter
from ftcli.ship.parity.check import Parity
from ftcli.ship.parity.rows import held_out, rows_of
from ftcli.ship.whole import in_float32
from ftcli.system import durable
from tests.card.making import make_whole_run
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

YAML = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: none}
model: resnet
freeze: none
optimizer: {name: adamw, lr: 0.003}
training: {epochs: 8, device: cpu, precision: bf16}
"""


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """A network with norms, trained in bf16."""
    folder = tmp_path_factory.mktemp("trained")
    tiny_data.split_folders(folder / "photos", {"train": 6, "val": 4}, ("blue", "red", "green"))
    with_statistics(folder / "resnet")
    settings = tiny_models.processor(image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.3, 0.25])
    (folder / "resnet/preprocessor_config.json").write_text(json.dumps(settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FTCLI_CACHE", str(folder / "cache"))
        (folder / "images.yaml").write_text(YAML)
        return Predictor.open(package.train("images.yaml", f"output={folder / 'run'}"))


def with_statistics(folder: Path) -> None:
    """A network whose norms have seen images."""
    network = hf.ResNetModel.from_pretrained(tiny_models.resnet(folder)).train()
    for seed in range(20):
        network(torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 2 + 1)
    network.save_pretrained(folder)


@pytest.fixture(scope="module")
def exported(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The control: what nobody has spoilt is kept."""
    (made,) = export(predictor, ["onnx"], tmp_path_factory.mktemp("good"), int8=True)
    return made


def test_what_is_right_is_kept_with_its_figures(predictor: Predictor, exported: Exported) -> None:
    parity = exported.parity
    assert (parity.data, parity.rows, parity.same_answers) == ("val", 12, 12)
    assert parity.largest < 1e-4
    assert parity.figure == "accuracy"
    assert parity.before == parity.after
    document = json.loads((exported.folder / DOCUMENT).read_text())
    files = {path.name for path in exported.folder.iterdir()}
    assert files == {"model.onnx", "model.int8.onnx", "predict.py", "preprocess.json", "README.md", DOCUMENT}
    assert set(document["files"]) == files - {"README.md", DOCUMENT}
    assert document["parity"]["batch_sizes"] == [1, 2, 7]
    assert document["checkpoint"] == predictor.trained.checkpoint.name
    assert document["int8"]["before"] == parity.before


def test_transformers_loads_a_folder_of_its_own_class_without_a_question(
    predictor: Predictor, tmp_path: Path
) -> None:
    (made,) = export(predictor, ["hf"], tmp_path)
    # Of code in the folder it asks whether it may run it, and waits.
    assert not any("auto_map" in path.read_text() for path in made.folder.glob("*.json"))
    assert any("12 of 12 answers are the same" in note for note in made.notes)
    assert json.loads((made.folder / DOCUMENT).read_text())["notes"] == list(made.notes)
    assert 'pipeline("image-classification", model=".")' in (made.folder / "README.md").read_text()


def test_all_files_may_be_read_by_whom_the_umask_lets(exported: Exported, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "model.safetensors").touch(mode=0o600)
    (folder / "card").write_text("")
    durable.share(folder, like=folder / "card")
    assert (folder / "model.safetensors").stat().st_mode == (folder / "card").stat().st_mode
    assert len({path.stat().st_mode for path in exported.folder.iterdir()}) == 1


def test_the_graph_takes_batches_of_any_size(exported: Exported) -> None:
    session = onnxruntime.InferenceSession(str(exported.folder / "model.onnx"))
    assert session.get_inputs()[0].shape == ["batch", 3, 32, 32]
    for size in (1, 5):
        (outputs,) = session.run(None, {"pixels": np.zeros((size, 3, 32, 32), dtype=np.float32)})
        assert outputs.shape == (size, 3)


def test_the_run_is_as_it_was(predictor: Predictor, exported: Exported) -> None:
    before = {name: value.clone() for name, value in predictor.model.state_dict().items()}
    predictor.trained.model.train()
    whole = in_float32(predictor)
    assert predictor.trained.model.training
    assert not whole.trained.model.training
    assert whole.trained.precision.name == "fp32"
    next(whole.model.parameters()).data.add_(1)
    after = predictor.model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


# ------------------------------------------------------------------------------------------------ planted faults


class SpoiltNetwork(OnnxExporter):
    """Changes the network before it is written."""

    def __init__(self, spoil: Callable[[Any], None]) -> None:
        super().__init__()
        self._spoil = spoil

    def write(self, predictor: Predictor, folder: Path) -> Any:
        with torch.no_grad():
            self._spoil(predictor.model)
        return super().write(predictor, folder)


class SpoiltSettings:
    """Writes a good export with other settings."""

    def __init__(self, good: Path, spoil: Callable[[Any], None]) -> None:
        self._good, self._spoil = good, spoil

    def write(self, predictor: Predictor, folder: Path) -> list[str]:
        shutil.copytree(self._good, folder, dirs_exist_ok=True)
        settings = json.loads((folder / "preprocess.json").read_text())
        self._spoil(settings)
        (folder / "preprocess.json").write_text(json.dumps(settings))
        return []


def permuted(settings: Any) -> None:
    settings["classes"] = settings["classes"][1:] + settings["classes"][:1]


def swapped(settings: Any) -> None:
    settings["image"]["mean"], settings["image"]["std"] = settings["image"]["std"], settings["image"]["mean"]


def of_random_weights(model: Any) -> None:
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            value.zero_()
        elif name.endswith("running_var"):
            value.fill_(1)


def one_weight(model: Any) -> None:
    next(value for value in model.parameters() if value.ndim == 4)[0, 0, 0, 0] += 1e-2


def refused(predictor: Predictor, exporter: Any, folder: Path) -> str:
    """What is said of an export, of which nothing is kept."""
    with pytest.raises(ParityError) as caught:
        kept(predictor, "onnx", exporter, folder / "onnx", held_out(predictor))
    assert list(folder.iterdir()) == []
    assert caught.value.status == 4
    return str(caught.value)


@pytest.mark.parametrize("spoil", [permuted, swapped])
def test_settings_that_are_wrong_are_caught(
    predictor: Predictor, exported: Exported, tmp_path: Path, spoil: Callable[[Any], None]
) -> None:
    assert "row " in refused(predictor, SpoiltSettings(exported.folder, spoil), tmp_path)


def test_norm_statistics_of_random_weights_are_caught(predictor: Predictor, tmp_path: Path) -> None:
    said = refused(predictor, SpoiltNetwork(of_random_weights), tmp_path)
    assert "outputs differs by" in said


def test_one_weight_is_caught(predictor: Predictor, tmp_path: Path) -> None:
    assert "weights: backbone" in refused(predictor, SpoiltNetwork(one_weight), tmp_path)


def test_a_network_in_train_mode_is_caught(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The exporter of ONNX leaves nothing of it: norms and dropout become what they are in eval mode.
    monkeypatch.setattr("ftcli.ship.graphs.tracing.evaluated", lambda module: module.train())
    assert "outputs differs by" in refused(predictor, TorchExporter(), tmp_path)


class OtherScript:
    """Writes a good export whose predict.py begins with other lines."""

    def __init__(self, good: Path, lines: str) -> None:
        self._good, self._lines = good, lines

    def write(self, predictor: Predictor, folder: Path) -> list[str]:
        shutil.copytree(self._good, folder, dirs_exist_ok=True)
        script = (folder / "predict.py").read_text()
        start = "from __future__ import annotations\n"
        (folder / "predict.py").write_text(script.replace(start, start + self._lines))
        return []


def test_a_script_that_needs_the_run_or_changes_its_folder_is_refused(
    predictor: Predictor, exported: Exported, tmp_path: Path
) -> None:
    state = next(predictor.trained.checkpoint.glob("*.json"))
    remembered = "from pathlib import Path\nPath(__file__).with_name('answers').write_text('all')\n"
    folder, rows = tmp_path / "export/onnx", held_out(predictor)
    for lines, said in (
        (f"open({str(state)!r})\n", "must not need the run"),
        (remembered, "changes files of its folder"),
    ):
        with pytest.raises(UserError, match=said):
            kept(predictor, "onnx", OtherScript(exported.folder, lines), folder, rows)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------------ what is refused


def test_a_folder_that_is_there_is_replaced_only_by_force_and_if_it_is_an_export(tmp_path: Path) -> None:
    check_free(tmp_path / "new", force=False)
    (tmp_path / "old").mkdir()
    with pytest.raises(UserError, match=r"old is there already: .* --force"):
        check_free(tmp_path / "old", force=False)
    (tmp_path / "old" / "mine.txt").touch()
    with pytest.raises(UserError, match="old is not an export"):
        check_free(tmp_path / "old", force=True)
    (tmp_path / "old" / DOCUMENT).touch()
    check_free(tmp_path / "old", force=True)


def test_rows_are_those_of_the_run_or_of_other_data(predictor: Predictor) -> None:
    photos = predictor.experiment.data.source
    assert (held_out(predictor).name, len(held_out(predictor).split)) == ("val", 12)
    other = rows_of(predictor, f"{photos}/train")
    assert len(other.split) == 18


class Alone:
    """An export of one file."""

    def write(self, predictor: Any, folder: Path) -> list[str]:
        (folder / "predict.py").write_text("def predict(inputs): return [[{'label': 'daisy'}]]\n")
        return []


def test_an_export_has_a_card_that_says_how_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_whole_run(tmp_path / "flowers")
    trained = SimpleNamespace(
        directory=RunDirectory(run), checkpoint=Path("epoch-0003"), precision=SimpleNamespace(device="cpu")
    )
    predictor: Any = SimpleNamespace(trained=trained)
    monkeypatch.setattr("ftcli.ship.exporting.in_float32", lambda one, device=None: one)
    parity = Parity("val", 9, 0.0, 9, 2, "accuracy", 1.0, 1.0, 1.0, 1.0)
    monkeypatch.setattr("ftcli.ship.exporting.check", lambda *_: parity)
    rows: Any = None
    kept(predictor, "hf", Alone(), tmp_path / "export/hf", rows)
    card = (tmp_path / "export/hf/README.md").read_text()
    assert "# flowers (hf)" in card
    assert 'for row in predict([{"image": "photo.jpg"}])[0]:' in card
    assert "**This is `epoch-0003`, and the figures are those of `epoch-0017`, the best one.**" in card
    notes = json.loads((tmp_path / "export/hf" / DOCUMENT).read_text())["notes"]
    assert notes == ["in 2 of 9 rows another answer is as likely to the run: they do not show a wrong class"]
    # A person may complete it, so that it is not among the files that have to stay as they are.
    assert list(json.loads((tmp_path / "export/hf" / DOCUMENT).read_text())["files"]) == ["predict.py"]


def test_data_that_are_gone_are_named_and_what_helps(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: Predictor) -> None:
        raise UserError("photos does not exist")

    monkeypatch.setattr("ftcli.ship.parity.rows.splits_of", gone)
    with pytest.raises(UserError, match=r"photos does not exist\n.* give other labelled data by --data"):
        held_out(predictor)
    nothing = SimpleNamespace(val=None, test=None)
    monkeypatch.setattr("ftcli.ship.parity.rows.splits_of", lambda _: nothing)
    with pytest.raises(UserError, match="has neither validation nor test rows"):
        held_out(predictor)


# --------------------------------------------------------------------------------------------------- the command


class Good(SpoiltSettings):
    """Writes the control again."""

    folder: Path

    def __init__(self) -> None:
        super().__init__(Good.folder, lambda _: None)


class Permuted(SpoiltSettings):
    """Writes it with other classes."""

    def __init__(self) -> None:
        super().__init__(Good.folder, permuted)


def test_the_command_prints_what_was_kept_and_ends_with_4_for_what_was_not(
    predictor: Predictor, exported: Exported, tmp_path: Path, ftcli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Good.folder = exported.folder
    here = "tests.ship.test_exporting"
    table = Registry("export format", {"onnx": f"{here}:Good", "torch": f"{here}:Permuted"})
    monkeypatch.setattr("ftcli.ship.exporting.FORMATS", table)
    run = predictor.trained.directory.path
    (made,) = json.loads(ftcli.ok("export", run, "onnx", "--output", tmp_path, "--json"))["exports"]
    assert made["folder"] == str(tmp_path / "onnx")
    assert made["parity"]["same_answers"] == made["parity"]["rows"] == 12
    assert "replace it with --force" in ftcli.refused("export", run, "onnx", "--output", tmp_path)
    result = ftcli("export", run, "torch", "--output", tmp_path)
    assert result.status == 4
    assert "in place of" in result.err
    assert {path.name for path in tmp_path.iterdir()} == {"onnx"}
