"""What a user says of data beside where it is; the rest is recognised."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.contracts import Modality, TargetKind
from ftcli.contracts.target_kinds import wanted_kind


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task reads, what it `wants` (`TargetKind.wanted`), and the column to learn; None where not said."""

    modality: Modality | None = None
    wants: str | None = None
    label: str | None = None

    @property
    def kind(self) -> TargetKind | None:
        """What the task learns; of several kinds the one that the others turn from."""
        return None if self.wants is None else wanted_kind(self.wants)

    def allows(self, kind: TargetKind, modality: Modality | None = None) -> bool:
        """Whether data with such targets, and such inputs, is what the task learns from."""
        return self.wants in (None, kind.wanted) and (modality is None or self.modality in (None, modality))


NOTHING = Asked()
