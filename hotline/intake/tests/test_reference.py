"""The code: readable, forgiving when typed, and from a form always the same."""

import pytest

from hotline.intake.reference import ALPHABET, canonical, new_reference, web_reference


def test_no_code_is_a_word_or_holds_what_is_mistaken_for_something_else() -> None:
    assert not set(ALPHABET) & set("AEIOU01L25ZS")


def test_a_code_reads_in_two_groups_of_three() -> None:
    code = new_reference()
    assert [len(group) for group in code.split("-")] == [3, 3]
    assert canonical(code) == code


@pytest.mark.parametrize("typed", ["k7m-4qx", "K7M4QX", " k7m 4qx ", "k7m.4qx"])
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert canonical(typed) == "K7M-4QX"


@pytest.mark.parametrize("typed", ["", "K7M", "K7M-4QI", "hello", "K7M-4QX-9TR", "K7M/4QX"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert canonical(typed) == ""


def test_a_form_keeps_its_code_and_two_forms_have_two() -> None:
    assert web_reference("a form") == web_reference("a form")
    assert web_reference("a form") != web_reference("another")
    assert canonical(web_reference("a form")) == web_reference("a form")
    assert len(web_reference("a form")) == 15
