"""Whether the files from which a run was made are what they were, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.data.inventory import difference, inventory
from ftcli.errors import counted, listing
from ftcli.runs.receipts.inputs import data_base
from ftcli.runs.receipts.lists import differing, summary, whole
from ftcli.runs.receipts.writing import InputHashes, read_list
from ftcli.runs.session import Session
from ftcli.ship.reproducing.claim import Claim
from ftcli.system.file_hashes import Hashed, hash_files

_WHAT = {"data": "data", "weights": "pre-trained weights"}
# Names of files that a message has.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found: `problems` are sentences on what differs, so that nothing is trained; `agree` what does not."""

    problems: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()


def listed_problems(claim: Claim) -> list[str]:
    """What differs of the data files that are listed beside the receipt; they need not be opened as data for that."""
    known = None if claim.receipt is None else read_list(claim.receipt)
    base, recorded = data_base(claim.experiment.data), claim.recorded("data")
    if known is None or recorded is None or whole(known["data"]) != recorded["sha256"]:
        return []
    paths = {one.name: (base or Path()) / one.name for one in known["data"]}
    now = hash_files(paths, claim.recorded("read"))
    return _of_names(known["data"], now, "data", base)


def check_sources(claim: Claim, session: Session) -> Sources:
    """Compare the data, weights and code of a session that is ready to train with those of the claim."""
    if claim.receipt is None or claim.recorded("data") is None:
        return Sources()
    hashes = InputHashes(session, session.weight_files)
    hashes.how = claim.recorded("read")
    hashes.start()
    hashes.ready(wait=True)
    known = read_list(claim.receipt) or {}
    problems, agree = [], []
    for kind, items in (("data", hashes.data), ("weights", hashes.weights)):
        recorded = claim.recorded(kind)
        own = known.get(kind)
        listed = own if own is not None and whole(own) == recorded["sha256"] else None
        wrong = _differences(recorded, listed, items, kind, hashes.base)
        problems += wrong
        if not wrong and items:
            agree.append(f"{counted(len(items), 'file')} of {_WHAT[kind]}")
    if not problems:
        problems += _examples(claim, session)
    if not (problems or hashes.data):
        held = sum(one["examples"] for one in (claim.recorded("examples") or {}).values())
        agree.insert(0, f"{counted(held, 'example')} that are no files")
    return Sources(tuple(problems), tuple(agree))


def _examples(claim: Claim, session: Session) -> list[str]:
    """What is no file, or is read from files in another way."""
    now, before = inventory(session.splits), claim.recorded("examples") or {}
    if all(one.get("digest") == before.get(name, {}).get("digest") for name, one in now.items()):
        return []
    listed = claim.run.data() if claim.run is not None else {}
    words = difference(listed or before, now)
    return [f"the examples are not those that it learned from{': ' if words else ''}{words}"]


def _differences(
    known: Mapping[str, Any],
    listed: Sequence[Hashed] | None,
    now: Sequence[Hashed],
    kind: str,
    base: Path | None,
) -> list[str]:
    if whole(now) == known["sha256"] or (kind == "weights" and _same_contents(known, now)):
        return []
    if listed is not None:
        return _of_names(listed, now, kind, base)
    names = differing(known, now)
    if names:
        return [f"{_WHAT[kind]}: changed: {_listing(names, base if kind == 'data' else None)}"]
    before, after = known["count"], len(now)
    if before != after:
        return [f"{_WHAT[kind]}: it was made from {counted(before, 'file')}, and there are {after:,}"]
    sizes = f"{known['bytes']:,} bytes then, {sum(max(0, one.size) for one in now):,} now"
    return [f"{_WHAT[kind]}: they differ ({sizes}); the receipt alone cannot say which of {before:,} files"]


def _same_contents(known: Mapping[str, Any], now: Sequence[Hashed]) -> bool:
    """Whether files of other names, as weights have in another folder, have the contents that are recorded."""
    here = summary(now, len(known["short"]))
    return bool(here["short"]) and all(here[key] == known[key] for key in ("count", "bytes", "short"))


def _of_names(before: Iterable[Hashed], now: Sequence[Hashed], kind: str, base: Path | None) -> list[str]:
    """What was changed, removed and added, by names."""
    old, new = ({one.name: one for one in some if one.size >= 0} for some in (before, now))
    found = {
        "changed": [name for name in old if name in new and old[name] != new[name]],
        "gone": [name for name in old if name not in new],
        "new": [name for name in new if name not in old],
    }
    where = base if kind == "data" else None
    return [f"{_WHAT[kind]}: {what}: {_listing(names, where)}" for what, names in found.items() if names]


def _listing(names: Sequence[str], base: Path | None) -> str:
    return listing(((base / name) if base is not None else name for name in names), _MOST)
