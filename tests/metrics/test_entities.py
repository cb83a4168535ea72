from __future__ import annotations

from typing import Any

import pytest

from ftcli.contracts.tag_schemes import SPANS, TOKENS, Scheme, scheme_of
from ftcli.metrics.entities import Entities, entities
from tests.metrics.samples import Tags, tagged

ALIKE = str.maketrans("LUMW", "ESIS")  # seqeval knows IOBES, and the letters of other schemes mean the same


def scored(said: Tags, true: Tags, **options: Any) -> Entities:
    metric = Entities(**options)
    metric.update(said, true)
    return metric


@pytest.mark.parametrize("marks", ["BI", "I", "BIES", "BILU", "BMES", "BMEW"])
@pytest.mark.parametrize("seed", range(5))
def test_entities_agree_with_seqeval(marks: str, seed: int) -> None:
    sequences = pytest.importorskip("seqeval.metrics.sequence_labeling")
    said, true = tagged(marks, texts=40, seed=seed)
    metric = scored(said, true)
    figures = metric.compute()
    same = [[[tag[0].translate(ALIKE) + tag[1:] for tag in row] for row in rows] for rows in (true, said)]
    assert figures["token_accuracy"] == pytest.approx(sequences.accuracy_score(*same))
    for average in ("micro", "macro"):
        found = sequences.precision_recall_fscore_support(*same, average=average, zero_division=0)[:3]
        assert [figures[f"{name}_{average}"] for name in ("precision", "recall", "f1")] == pytest.approx(
            found
        )
    columns = sequences.precision_recall_fscore_support(*same, average=None, zero_division=0)
    for name, column in zip(("precision", "recall", "f1", "support"), columns, strict=True):
        assert [row[name] for row in metric.table()] == pytest.approx(column.tolist())
    assert [row["class"] for row in metric.table()] == ["LOC", "PER", "X-1"]


@pytest.mark.parametrize(
    ("scheme", "options"),
    [
        (Scheme("_"), {}),
        (Scheme("-", last=True), {"suffix": True}),
        (Scheme("_", last=True, small=True, outside="o"), {"suffix": True}),
        (Scheme("-", small=True, outside="o"), {}),
        (Scheme("/", small=True), {}),
    ],
)
def test_entities_are_the_same_however_tags_are_written(scheme: Scheme, options: dict[str, bool]) -> None:
    sequences = pytest.importorskip("seqeval.metrics.sequence_labeling")
    said, true = tagged("BIES", texts=40)
    written = [[[_written(tag, scheme) for tag in row] for row in rows] for rows in (said, true)]
    assert scheme_of({tag for row in written[1] for tag in row}) == scheme
    assert scored(*written, scheme=scheme).compute() == scored(said, true).compute()
    for row, other in zip(written[1], true, strict=True):
        assert entities(row, scheme) == entities(other, SPANS)
        usual = [tag.upper().replace("_", "-").replace("/", "-") if tag != "o" else "O" for tag in row]
        assert set(sequences.get_entities(usual, **options)) == entities(other, SPANS)


def _written(tag: str, scheme: Scheme) -> str:
    found = SPANS.split(tag)
    if found is None:
        return scheme.outside
    return scheme.joined(found[0].lower() if scheme.small else found[0], found[1])


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("B-A I-A O B-A", {("A", 0, 1), ("A", 3, 3)}),
        ("I-A I-A I-B", {("A", 0, 1), ("B", 2, 2)}),  # goes on with no begin
        ("B-A B-A", {("A", 0, 0), ("A", 1, 1)}),
        ("B-A E-A E-A S-A", {("A", 0, 1), ("A", 2, 2), ("A", 3, 3)}),
        ("B-A L-A U-A", {("A", 0, 1), ("A", 2, 2)}),
        ("B I O I", {("_", 0, 1), ("_", 3, 3)}),
        ("NOUN B-A NOUN", {("NOUN", 0, 0), ("A", 1, 1), ("NOUN", 2, 2)}),
        ("O", set()),
        ("", set()),
    ],
)
def test_spans(tags: str, found: set[tuple[str, int, int]]) -> None:
    assert entities(tags.split(), SPANS) == found


def test_every_tag_but_o_is_an_entity_where_tags_are_no_spans() -> None:
    assert entities(["DET", "I", "I", "O"], TOKENS) == {("DET", 0, 0), ("I", 1, 1), ("I", 2, 2)}
    metric = scored([["DET", "NOUN", "NOUN"]], [["DET", "VERB", "NOUN"]], scheme=TOKENS)
    assert metric.compute()["f1_micro"] == metric.compute()["token_accuracy"] == pytest.approx(2 / 3)
    assert [(row["class"], row["precision"], row["recall"]) for row in metric.table()] == [
        ("DET", 1.0, 1.0),
        ("NOUN", 0.5, 1.0),
        ("VERB", 0.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (("O", "B-PER", "I-PER"), SPANS),
        (("O", "I-PER"), SPANS),
        (("B-A", "L-A", "U-A"), SPANS),
        (("O", "B", "I"), SPANS),
        (("NOUN", "VERB", "INTJ"), TOKENS),
        (("B-PER", "I-PER", "MISC"), TOKENS),
        (("E", "S", "U"), TOKENS),
        (("O",), TOKENS),
        ((), TOKENS),
        (("B-PER", "M-PER", "E-PER", "S-PER", "O"), SPANS),
        (("B", "M", "E", "S"), SPANS),
        (("B-A", "M-A", "E-A", "W-A", "O"), SPANS),
        (("B_PER", "I_PER", "O"), Scheme("_")),
        (("PER-B", "PER-I", "O"), Scheme("-", last=True)),
        (("b-per", "i-per", "o"), Scheme("-", small=True, outside="o")),
        (("b-per", "i-per", "O"), Scheme("-", small=True)),
        (("B_PER", "I_PER"), TOKENS),
        (("B_PER", "I_PER", "NOUN", "O"), TOKENS),
        (("B-PER", "B_LOC", "I_LOC", "O"), TOKENS),
        (("S_1", "E_2", "O"), TOKENS),
    ],
)
def test_the_scheme_is_seen_from_the_tags(tags: tuple[str, ...], scheme: Scheme) -> None:
    assert scheme_of(tags) == scheme


def test_the_types_that_a_model_knows_have_a_row_even_if_none_occurs() -> None:
    metric = Entities.of(("O", "B-PER", "I-PER", "B-LOC", "I-LOC"))
    metric.update([["B-PER"]], [["B-PER"]])
    assert metric.scheme == SPANS
    assert [(row["class"], row["support"]) for row in metric.table()] == [("LOC", 0), ("PER", 1)]
    assert metric.compute()["f1_macro"] == 1.0


def test_texts_without_entities_have_an_accuracy_and_no_means() -> None:
    figures = scored([["O", "O"]], [["O", "O"]]).compute()
    assert figures == {"token_accuracy": 1.0, "precision_micro": 0.0, "recall_micro": 0.0, "f1_micro": 0.0}


def test_an_entity_does_not_go_on_in_the_next_text() -> None:
    metric = scored([["B-A"], ["I-A"]], [["B-A"], ["I-A"]])
    assert metric.table()[0]["support"] == 2


def test_a_missing_tag_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer"):
        scored([["O"]], [["O", "O"]])
