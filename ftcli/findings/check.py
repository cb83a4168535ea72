"""All findings on the data of an experiment, and those that are cheap enough for the start of every training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ftcli.config.schema import Data
from ftcli.contracts import Inputs
from ftcli.data.splits import Splits
from ftcli.data.splitting.same_content import may_be_same, same_content
from ftcli.findings.classes import on_classes
from ftcli.findings.contradicted import Kept, on_contradicted
from ftcli.findings.copies import Likeness, in_two_splits, on_copies
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding, by_severity
from ftcli.findings.groups import on_groups
from ftcli.findings.opening import opened

# Files that are read at the start of a training to compare them within a split, too, which takes less than a second.
MOST_READ = 2_000
# Examples that are compared there; more would take longer than all other checks of the data.
MOST_EXAMPLES = 200_000
_SAME = Likeness("same-input", "also in", "there more than once", "there under different labels")


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, examples by split, and what was found, the worst first."""

    examples: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def check(
    data: Data,
    *,
    inputs: Inputs,
    wants: str,
    seed: int,
    places: Mapping[str, str],
    kept: Kept = lambda corpus, wheres: (),
) -> Checked:
    """Open the data as training would, and look at every example of it. Raises `ConfigError` for keys that are wrong.

    `kept` gives the features that trainings have kept of examples. The time is linear in the number of examples, which
    are all decoded once, but for the comparison of kept features, of which there is a limit.
    """
    # Imports Pillow, which a training on texts does without.
    from ftcli.findings.near import on_near_copies

    found = opened(data, inputs=inputs, wants=wants, seed=seed, places=places)
    if found.splits is None:
        return Checked(findings=found.findings)
    corpus = Corpus.of(found.splits)
    groups = same_content(corpus.parts)
    findings = (
        *found.findings,
        *on_classes(found.splits, corpus),
        *on_copies(corpus, groups, _SAME),
        *on_groups(corpus),
        *on_near_copies(corpus, groups, data),
        *on_contradicted(found.splits, corpus, kept),
    )
    return Checked(corpus.sizes, tuple(by_severity(findings)))


def quick(splits: Splits) -> tuple[Finding, ...]:
    """What can be found without decoding anything: the same texts or files, and sizes of classes, the worst first."""
    corpus = Corpus.of(splits)
    return tuple(by_severity([*_quickly_on_copies(corpus), *on_classes(splits, corpus), *on_groups(corpus)]))


def _quickly_on_copies(corpus: Corpus) -> Iterator[Finding]:
    """The same inputs; where many files would have to be read for that, only those that are in two splits."""
    if sum(corpus.sizes.values()) > MOST_EXAMPLES:
        return
    groups = may_be_same(corpus.parts)
    if corpus.in_files and sum(map(len, groups)) > MOST_READ:
        shared = [group for group in groups if len({role for role, _ in group}) > 1]
        yield from in_two_splits(corpus, same_content(corpus.parts, shared), _SAME)
    else:
        yield from on_copies(corpus, same_content(corpus.parts, groups), _SAME)
