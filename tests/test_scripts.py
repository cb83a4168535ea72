"""The scripts for clusters, with commands that stand in for SLURM's: what is started, and what happens in the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

SCRIPTS = Path(__file__).parent.parent / "scripts"
COMMANDS = {
    "scontrol": 'echo "scontrol $*" >> calls; [ "$1" = show ] && printf "node1\\nnode2\\n"; true',
    "srun": 'echo "srun $*" >> calls; exec "$PWD/bin/work"',
    "work": "exit 0",
}
SLURM = {
    "SLURM_JOB_NAME": "ftcli",
    "SLURM_JOB_ID": "7",
    "SLURM_JOB_NODELIST": "node[1-2]",
    "SLURM_NNODES": "2",
    "SLURM_GPUS_ON_NODE": "4",
}
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")


def start(folder: Path, work: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Begin the job with `work` in the place of the training."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, text in (COMMANDS | {"work": work}).items():
        path = folder / "bin" / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
    environment = {**os.environ, **SLURM, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    return subprocess.Popen(["bash", SCRIPTS / "train.slurm", *arguments], cwd=folder, env=environment)


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def test_a_job_starts_torchrun_on_all_nodes(tmp_path: Path) -> None:
    assert start(tmp_path, "exit 0", "my.yaml", "training.epochs=3").wait(60) == 0
    show, srun = calls(tmp_path)
    assert show == "scontrol show hostnames node[1-2]"
    assert srun == (
        "srun torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint node1:29500 "
        "--rdzv-id 7-0 --max-restarts 3 -m ftcli train my.yaml training.epochs=3 output=runs/ftcli-7"
    )


def test_a_job_that_began_before_goes_on(tmp_path: Path) -> None:
    (tmp_path / "runs/ftcli-7").mkdir(parents=True)
    (tmp_path / "runs/ftcli-7/experiment.yaml").touch()
    assert start(tmp_path, "exit 3", "my.yaml").wait(60) == 3
    assert calls(tmp_path)[1].endswith("-m ftcli train --resume runs/ftcli-7")
    assert not any("requeue" in call for call in calls(tmp_path))


@pytest.mark.parametrize("finished", [False, True])
def test_a_job_that_is_asked_to_end_waits_for_the_run_and_queues_up_again(
    tmp_path: Path, finished: bool
) -> None:
    (tmp_path / "runs/ftcli-7").mkdir(parents=True)
    save = "touch runs/ftcli-7/summary.json" if finished else "touch saved"
    job = start(
        tmp_path, f"trap '{save}; exit 143' TERM; touch begun; while true; do sleep 0.05; done", "x.yaml"
    )
    latest = time.monotonic() + 30
    while not (tmp_path / "begun").exists() and time.monotonic() < latest:
        time.sleep(0.02)
    job.send_signal(signal.SIGTERM)
    assert job.wait(30) == 143
    assert (tmp_path / "saved").exists() != finished
    assert ("scontrol requeue 7" in calls(tmp_path)) != finished


def test_the_manifest_names_what_the_operator_needs() -> None:
    job: dict[str, Any] = yaml.safe_load((SCRIPTS / "pytorchjob.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "PyTorchJob")
    spec = job["spec"]
    worker = spec["pytorchReplicaSpecs"]["Worker"]
    elastic = spec["elasticPolicy"]
    assert elastic["minReplicas"] <= worker["replicas"] <= elastic["maxReplicas"]
    pod = worker["template"]["spec"]
    (container,) = pod["containers"]
    assert container["name"] == "pytorch"  # as the operator wants it
    assert container["resources"]["limits"]["nvidia.com/gpu"] == elastic["nProcPerNode"]
    waits = next(one["value"] for one in container["env"] if one["name"] == "TORCH_ELASTIC_SHUTDOWN_TIMEOUT")
    assert int(waits) < pod["terminationGracePeriodSeconds"]
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


@pytest.mark.parametrize(
    ("begun", "command"), [(False, "my.yaml output=runs/ftcli"), (True, "--resume runs/ftcli")]
)
def test_a_pod_begins_or_goes_on(tmp_path: Path, begun: bool, command: str) -> None:
    job = yaml.safe_load((SCRIPTS / "pytorchjob.yaml").read_text())
    (container,) = job["spec"]["pytorchReplicaSpecs"]["Worker"]["template"]["spec"]["containers"]
    if begun:
        (tmp_path / "runs/ftcli").mkdir(parents=True)
        (tmp_path / "runs/ftcli/experiment.yaml").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/torchrun").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "bin/torchrun").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    ended = subprocess.run(
        container["command"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == f"-m ftcli train {command}"
