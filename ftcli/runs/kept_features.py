"""The features of whole backbones that earlier trainings have kept, read and never computed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftcli.config.schema import Cache
from ftcli.data.splitting.same_content import Where
from ftcli.errors import DataError
from ftcli.findings.contradicted import Features
from ftcli.findings.corpus import Corpus
from ftcli.store.folder import default_folder

if TYPE_CHECKING:
    from ftcli.store.bucket import Bucket

# Networks whose features are read, those that were used last.
MOST_NETWORKS = 3


def kept_features(cache: Cache, corpus: Corpus, wheres: Sequence[Where]) -> Iterator[Features]:
    """What each network has kept of these examples, whichever experiment has kept it: an entry is found by its input.

    Without augmentation, and of whole backbones, which give one vector (W) for each example.
    """
    folder = Path(cache.folder) if cache.folder else default_folder()
    # The store imports torch, which other checks do without.
    if cache.keep == "none" or not any(folder.glob("features-*")):
        return
    from ftcli.loading.encoded import input_key
    from ftcli.runs.cache_folder import open_store

    # Nothing is written, so nothing has to go.
    store = open_store(folder, sys.maxsize)
    plain = [one for one in store.buckets() if one.kind == "features" and one.facts.get("augment") == "none"]
    keys: dict[Where, bytes] = {}
    for where in wheres if plain else ():
        try:
            keys[where] = input_key(corpus.parts[where[0]][where[1]])
        except DataError:  # which is a finding of its own
            continue
    found = (
        _features(str(one.facts.get("source")), store.bucket(one.kind, one.facts), keys) for one in plain
    )
    yield from islice(filter(None, found), MOST_NETWORKS)


def _features(network: str, bucket: Bucket, keys: dict[Where, bytes]) -> Features | None:
    """The vectors in a bucket; None where it has none of these examples, or not one vector for each."""
    wheres = [where for where, key in keys.items() if key in bucket]
    rows = np.empty((0, 0), np.float32)
    read: list[Where] = []
    for where in wheres:
        entry = bucket.get(keys[where])
        if entry is None:
            continue
        row = entry["features"].float().numpy()
        if not read:
            rows = np.empty((len(wheres), len(row)) if row.ndim == 1 else (0, 0), np.float32)
        if row.shape != rows.shape[1:]:
            return None
        # A network that diverged gives none.
        if np.isfinite(row).all():
            rows[len(read)] = row
            read.append(where)
    return Features(network, read, rows[: len(read)]) if read else None
