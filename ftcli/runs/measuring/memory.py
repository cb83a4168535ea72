"""The memory of the device that trains: what is held, the peak, and what is free."""

from __future__ import annotations

import gc

import torch

from ftcli.system import memory

# Of what is free, what a step that is measured may be expected to take.
USABLE = 0.85


class DeviceMemory:
    """On a CPU the anonymous memory of this process; on a GPU what PyTorch has allocated on it. In bytes."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def forget_peak(self) -> None:
        """Drop what nobody uses, which takes a while, and have `peak` count from now on."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        elif self.device.type == "mps":
            torch.mps.empty_cache()
        else:
            memory.give_back()
        self.count_peak()

    def count_peak(self) -> None:
        """Have `peak` count from now on."""
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        elif self.device.type == "cpu":
            memory.forget_peak()

    def held(self) -> int:
        """What is held now."""
        if self.device.type == "cuda":
            return torch.cuda.memory_allocated(self.device)
        if self.device.type == "mps":
            return torch.mps.driver_allocated_memory()
        return memory.anonymous_memory()

    def peak(self) -> int:
        """The most that was held since it counts. Apple's GPU does not say: what it holds, which never falls."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        return self.held() if self.device.type == "mps" else memory.anonymous_peak()

    def free(self) -> int | None:
        """What could still be taken; None where nothing says. On a CPU more gets the process killed."""
        if self.device.type == "cuda":
            return torch.cuda.mem_get_info(self.device)[0]
        if self.device.type == "mps":
            return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return memory.free_memory()

    def room(self) -> int | None:
        """What there is for a training: what it holds already, and what is free; None where nothing says."""
        free = self.free()
        return None if free is None else free + self.held()

    def finish(self) -> None:
        """Wait until the device has done all that it was given."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()
