"""The Python packages of a run: versions when it was trained, and what the installed ones say of themselves."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

OURS = "ftcli"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CLASSIFIER = "License :: OSI Approved :: "
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_LICENCE = 120


@dataclass(frozen=True, slots=True)
class Package:
    """A package. What is not known is empty, as all but the version are of one that is installed in another version.

    `expression` is an SPDX expression, `licence` a name. `record` is the SHA-256 of RECORD, which has the hash of each
    installed file; `archive` that of the archive it was installed from, which few installers note.
    """

    name: str
    version: str
    trained: bool
    expression: str = ""
    licence: str = ""
    record: str = ""
    archive: str = ""

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{normal(self.name)}@{self.version}"


def normal(name: str) -> str:
    """The name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(trained_with: Mapping[str, str]) -> list[Package]:
    """Those that a run was trained with, by name and version, and all others that ftcli needs, as they are here."""
    trained = {normal(name): version for name, version in trained_with.items()}
    here = {normal(one.name): one for one in _needed(OURS)}
    for name in trained.keys() - here.keys():
        with suppress(PackageNotFoundError):
            here[name] = distribution(name)
    found = []
    for name in sorted({*trained, *here}):
        version, installed = trained.get(name), here.get(name)
        if installed is not None and version in (None, installed.version):
            found.append(_described(name, installed, trained=version is not None))
        else:
            found.append(Package(name, version or "", True))
    return found


def _needed(root: str) -> Iterator[Distribution]:
    """A package and all that it requires, as far as they are installed."""
    waiting, seen = [root], {normal(root)}
    while waiting:
        with suppress(PackageNotFoundError):
            one = distribution(waiting.pop())
            yield one
            required = [line for line in one.requires or () if "extra ==" not in line.replace("'", '"')]
            names = [found[0] for line in required if (found := _NAME.match(line))]
            waiting += [name for name in names if normal(name) not in seen]
            seen.update(map(normal, names))


def _described(name: str, of: Distribution, *, trained: bool) -> Package:
    metadata = of.metadata
    # `metadata[key]` of a key that is not there gives None or raises, by Python and by what is imported.
    expression, stated = (
        " ".join("".join(metadata.get_all(key) or ()).split()) for key in ("License-Expression", "License")
    )
    classified = [one for one in metadata.get_all("Classifier") or () if one.startswith(_CLASSIFIER)]
    licence = stated if 0 < len(stated) <= _LONGEST_LICENCE and stated != "UNKNOWN" else ""
    if not licence and len(classified) == 1:
        licence = classified[0].removeprefix(_CLASSIFIER)
    record = of.read_text("RECORD")
    return Package(
        name,
        of.version,
        trained,
        expression,
        "" if expression else licence,
        hashlib.sha256(record.encode()).hexdigest() if record else "",
        _archive(of.read_text("direct_url.json")),
    )


def _archive(direct_url: str | None) -> str:
    """The hash of the archive, where the installer was given a file or an address."""
    with suppress(ValueError, KeyError, TypeError):
        found = str(json.loads(direct_url or "{}")["archive_info"]["hashes"]["sha256"])
        return found if _SHA256.fullmatch(found) else ""
    return ""
