"""A labelled split as the configuration says: its columns, and its texts and classes under the names of the user."""

from __future__ import annotations

from dataclasses import asdict, replace

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, TargetKind
from ftcli.data.conditions import Condition
from ftcli.data.sources.base import Opened, Opener, check_holds, fields_of
from ftcli.data.sources.columns import Roles, Search, files_of, for_table
from ftcli.data.splitting.classes import class_names, renamed
from ftcli.data.splitting.speakers import named_texts
from ftcli.data.targets.columns import Categories, Structures
from ftcli.data.targets.reading import Learned, Reading
from ftcli.errors import DataError


class SplitReader:
    """Opens splits that have the same configuration. Raises `DataError` for what cannot be used."""

    def __init__(self, data: Data, inputs: Inputs, where: Places) -> None:
        self.data, self.inputs, self.where = data, inputs, where
        self.names = class_names(data, where)

    def roles(
        self, opener: Opener, kind: TargetKind, given: Roles | None = None, *, named: bool = True
    ) -> tuple[Roles, tuple[str, ...]]:
        """The columns of a split, those that are `given` first, and notes; no columns where the source decides.

        `named` is whether the configuration names the split, so that its keys are all meant for it.
        """
        columns = opener.columns()
        if columns is None:
            check_holds(opener, files_of(self.inputs, kind))
            if kind.said is not None:
                words = f"{opener.name} ({opener.what}) has no column for the text: a table is wanted"
                raise DataError(
                    f"{words}, or a folder with a data.pattern, which makes columns of file names"
                )
            return Roles(), ()
        fields = fields_of(opener)
        data = self.data if named else for_table(self.data, (*columns, *fields))
        if given is not None and given.used():
            data = replace(data, **asdict(given))
        return Search(data, opener.name, columns, self.where, fields).roles(self.inputs, kind)

    def open(
        self,
        opener: Opener,
        roles: Roles,
        kind: TargetKind,
        conditions: tuple[Condition, ...] = (),
        learned: Learned | None = None,
    ) -> Opened:
        """Read every row once. `learned` is what the training split has shown; None for that itself."""
        label = roles.label if isinstance(roles.label, str) else ", ".join(roles.label or ("label",))
        data = self.data
        reading = Reading(
            kind,
            data.label_separator,
            label,
            conditions,
            kind.labelled,
            data.orientation,
            self.names,
            learned,
            data.missing_labels,
        )
        opened = opener.open(roles, reading)
        if self.names is None:
            return opened
        if kind.said is not None:
            opened = replace(opened, rows=named_texts(opened.rows, kind.said, self.names, self.where))
        if isinstance(opened.labels, Categories | Structures):
            opened = replace(opened, labels=renamed(opened.labels, self.names, opened.rows, self.where))
        return opened
