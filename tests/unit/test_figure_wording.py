"""Whatever a figure says can be said in every language, and no translation is left of what is said no more."""

import ast
from pathlib import Path

import pytest
import yaml

from hpotrial import figures
from hpotrial.core.words import ENGLISH, languages, read_words, words_folder
from hpotrial.figures import wording

FOLDER = Path(figures.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))
OTHERS = [language for language in languages() if language != ENGLISH]
# what these calls put on a figure are words; whatever is no name of an arm or a number must be said
WRITES = ("set_xlabel", "set_ylabel", "supxlabel", "in_words")


def is_say(node):
    return isinstance(node, ast.Call) and (
        getattr(node.func, "id", "") == "say" or getattr(node.func, "attr", "") == "say"
    )


def said(file):
    return [node.args[0] for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if is_say(node)]


def labels(without=()):
    """Every literal that figures say, those of some figures left out."""
    files = [file for file in FILES if file.stem not in without]
    return {arg.value for file in files for arg in said(file) if isinstance(arg, ast.Constant)}


def test_there_are_other_languages():
    assert OTHERS == ["es"]
    assert len(labels()) > 60


@pytest.mark.parametrize("file", [file for file in FILES if file.name != "__init__.py"], ids=lambda file: file.name)
def test_what_is_said_is_a_literal_that_can_be_looked_up(file):
    assert [ast.unparse(arg) for arg in said(file) if not isinstance(arg, ast.Constant)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_label_is_written_that_is_not_said(file):
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    written = [node for node in calls if getattr(node.func, "attr", "") in WRITES]
    assert [ast.unparse(node) for node in written if isinstance(node.args[0], ast.Constant | ast.JoinedStr)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_figure_of_the_repository_is_translated_and_nothing_else(language):
    told = read_words("figures", language)
    assert len(told["figures"]) >= 13
    assert set(told["figures"]) <= set(figures.names())
    # a figure that is not translated may be new, and somebody else's
    new = set(figures.names()) - set(told["figures"])
    assert labels(without=new) <= set(told["labels"]) <= labels()
    assert all(sorted(words) == ["caption", "title"] for words in told["figures"].values())
    texts = [*told["labels"].values(), *(text for words in told["figures"].values() for text in words.values())]
    assert all(isinstance(text, str) and text.strip() for text in texts)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_translated_twice(language):
    mapping = yaml.compose((words_folder() / language / "figures.yaml").read_text(encoding="utf-8"))
    for part, texts in mapping.value:
        keys = [key.value for key, _ in texts.value]
        assert len(keys) == len(set(keys)), part.value


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_values_to_fill_in(language):
    def fields(text):
        return sorted(part.split("}")[0] for part in text.split("{")[1:])

    told = read_words("figures", language)["labels"]
    assert {text: words for text, words in told.items() if fields(text) != fields(words)} == {}


def test_words_and_numbers_follow_the_language():
    assert wording.say("row {row}", row=3) == "row 3"
    assert wording.number(-1.5, ".1f") == "−1.5"
    with wording.speaking("es"):
        assert wording.say("row {row}", row=3) == "fila 3"
        assert wording.number(-1.5, ".1f") == "−1,5"
    assert wording.say("audited") == "audited"


def test_a_text_without_translation_is_in_english_and_said_once(caplog):
    with wording.speaking("es"):
        for _ in range(2):
            assert wording.say("a text in {number} words", number=5) == "a text in 5 words"
        assert wording.say_of("pie", "title", "A pie") == "A pie"
    (line,) = caplog.messages
    assert "'a text in {number} words', 'pie.title' (2 in all); add them to report/words/es/figures.yaml" in line
