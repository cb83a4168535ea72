"""Several processes on this machine, by PyTorch's own launcher: what `torchrun --standalone` does."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence

from ftcli.errors import TrainingError
from ftcli.training.hardware import available_cores


def torchrun(processes: int, command: Sequence[str]) -> None:
    """Run `command`, as one would write it behind `torchrun`, in so many processes, and wait for them.

    Where one ends before its time the others are stopped. Ends this process with the status of the first that failed;
    raises `TrainingError` for one that was killed.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    cores = max(1, available_cores() // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(cores))
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # nothing of this leaves the machine
    os.environ.setdefault("TORCH_ELASTIC_SHUTDOWN_TIMEOUT", "300")  # seconds to finish a step and save
    options = ["--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(processes)]
    logging.disable(logging.ERROR)  # what the launcher says is said below, once
    try:
        run(parse_args([*options, *command]))  # type: ignore[no-untyped-call]
    except SignalException as stop:
        sys.exit(128 + stop.sigval)
    except ChildFailedError as failed:
        rank, failure = failed.get_first_failure()
        if failure.exitcode < 0:
            name = signal.Signals(-failure.exitcode).name
            raise TrainingError(
                f"process {rank} of {processes} was killed by {name}; the others were stopped"
            ) from None
        sys.exit(failure.exitcode)
