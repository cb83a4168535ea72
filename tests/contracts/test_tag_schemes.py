from __future__ import annotations

from ftcli.contracts.tag_schemes import completed, odd_ones, spelled_out


def test_who_begins_may_go_on() -> None:
    assert completed({"O", "B-x", "I-y"}) == {"O", "B-x", "I-x", "B-y", "I-y"}
    assert completed({"B", "O"}) == {"B", "I", "O"}


def test_marks_of_one_type_are_those_of_all() -> None:
    assert completed({"S-x", "B-y", "E-y"}) == {f"{mark}-{name}" for mark in "BIES" for name in "xy"}
    assert completed({"U-x", "B-y", "L-y"}) == {f"{mark}-{name}" for mark in "BIUL" for name in "xy"}


def test_parts_of_speech_have_no_partners() -> None:
    assert completed({"NOUN", "VERB", "I-x"}) == {"NOUN", "VERB", "I-x"}
    assert completed(set()) == set()


def test_types_are_chosen_with_all_their_tags() -> None:
    tags = ["B-x", "B-y", "I-x", "I-y", "O"]
    assert spelled_out(["y"], tags) == ("O", "B-y", "I-y")
    assert spelled_out(["y", "B-x", "z"], tags) == ("O", "B-y", "I-y", "B-x", "z")
    assert spelled_out(["NOUN"], ["NOUN", "VERB"]) == ("NOUN",)


def test_partners_are_written_as_the_other_tags() -> None:
    assert completed({"O", "B_x", "I_y"}) == {"O", "B_x", "I_x", "B_y", "I_y"}
    assert completed({"o", "x-b", "y-i"}) == {"o", "x-b", "x-i", "y-b", "y-i"}
    assert completed({"B-x", "E-x", "O"}) == {"B-x", "I-x", "E-x", "O"}
    assert completed({"B-x", "M-y", "E-x", "O"}) == {f"{mark}-{name}" for mark in "BME" for name in "xy"} | {
        "O"
    }
    assert spelled_out(["y"], ["B_x", "B_y", "I_x", "I_y", "O"]) == ("O", "B_y", "I_y")
    assert spelled_out(["x"], ["o", "x-b", "x-i", "y-b"]) == ("o", "x-b", "x-i")


def test_what_looks_like_marks_beside_other_tags_is_found() -> None:
    assert odd_ones(["B-x", "I-x", "MISC", "O"]) == (["B-x", "I-x"], ["MISC"])
    assert odd_ones(["B_x", "I_x"]) == (["B_x", "I_x"], [])
    assert odd_ones(["B-x", "I-x", "O"]) == odd_ones(["NOUN", "X-I", "B-1"]) == odd_ones([]) == ([], [])


def test_names_with_a_letter_and_a_mark_are_no_scheme() -> None:
    for tags in ({"B_minor", "S_VP", "O"}, {"B_minor", "E_major", "O"}):
        assert (completed(tags), odd_ones(tags)) == (tags, ([], []))
    assert completed({"B.x", "I.x", "O"}) == {"B.x", "I.x", "O"}
    assert completed({"B_x", "O"}) == {"B_x", "I_x", "O"}
