"""Start several processes on this machine by PyTorch's launcher, as `torchrun --standalone` does."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence

from ftcli.errors import SIGNAL, TrainingError
from ftcli.training.hardware import available_cores


def torchrun(processes: int, command: Sequence[str]) -> None:
    """Run `command`, the arguments of `torchrun` after its options, in so many processes, and wait for them.

    If one fails, the others are stopped, and this process exits with its status. Raises `TrainingError` for one that
    was killed.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    cores = max(1, available_cores() // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(cores))
    # Their messages stay on this machine.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    # Seconds to finish a step and save.
    os.environ.setdefault("TORCH_ELASTIC_SHUTDOWN_TIMEOUT", "300")
    options = ["--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(processes)]
    # Failures are reported below, once.
    logging.disable(logging.ERROR)
    try:
        run(parse_args([*options, *command]))  # type: ignore[no-untyped-call]
    except SignalException as stop:
        sys.exit(SIGNAL + stop.sigval)
    except ChildFailedError as failed:
        rank, failure = failed.get_first_failure()
        if failure.exitcode < 0:
            name = signal.Signals(-failure.exitcode).name
            raise TrainingError(
                f"process {rank} of {processes} was killed by {name}; the others were stopped"
            ) from None
        sys.exit(failure.exitcode)
