"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ftcli.errors import LEFT_OUT

Run = Annotated[
    str | None, typer.Argument(metavar="RUN", help="A run, or one of its checkpoints.", show_default=False)
]
Config = Annotated[
    str,
    typer.Argument(
        metavar="YAML|DATA",
        help="A YAML file, the name of a shipped example, or data: a folder, a table, a known data set.",
    ),
]
Changes = Annotated[
    list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Changes to the YAML.", show_default=False)
]
CheckpointOption = Annotated[
    Path | None, typer.Option("--checkpoint", help="The run, in place of the argument.", show_default=False)
]
DeviceOption = Annotated[str | None, typer.Option(help="Another device than the run's.", show_default=False)]
BadFilesOption = Annotated[
    Literal["fail", "skip"] | None,
    typer.Option(
        help=f"Files that cannot be used: stop, or go on without them and end with status {LEFT_OUT}. "
        "As the run says by default.",
        show_default=False,
    ),
]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Open no connection: what is not on this machine is an error.")
]
PriceOption = Annotated[
    float | None,
    typer.Option("--price", min=0.0, help="What an hour costs, in any currency.", show_default=False),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        "--task", help="The task, where data allow several; see list-models --task.", show_default=False
    ),
]
LabelOption = Annotated[
    str | None, typer.Option("--label", help="The column of a table to learn.", show_default=False)
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", help="The network for data: a name of list-models, an id, a folder.", show_default=False
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite the file that --output names.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document; notes go to standard error.")
]
