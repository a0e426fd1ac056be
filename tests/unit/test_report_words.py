"""The report's words and layout: alike in every language, all values filled in, and no result of a study typed in."""

import re
from pathlib import Path

import pytest

from hpotrial.core.claims import VERDICTS
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.words import languages, read_words, report_words
from hpotrial.report.verdicts import ALWAYS, in_language

SOURCE = Path(__file__).resolve().parents[2] / "report"
LANGUAGES = languages()
LAYOUT = {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.typ"))}
MARKUP = {"raw", "emph", "box"}
# what the judge of the claims may give as the reason of a verdict
REASONS = (
    "better", "worse", "within_margin", "better_but_small", "outside_margin", "inconclusive", "underpowered",
    "ratio_above", "ratio_below", "ratio_equal", "ratio_unequal", "count_holds", "count_fails", "count_mixed", "inside",
    "outside", "interval_open", "rows_alike", "rows_differ", "rows_open",
    "gap_larger", "gap_smaller", "gap_open", "fact_true", "fact_false", "standin", "no_runs",
    "rows_missing", "one_seed", "failed_runs", "left_out", "no_pairs", "not_recorded", "given_up", "no_look",
)  # fmt: skip

# Numbers that the texts may type: constants of the protocol, and what document 004 says of its own data.
CONSTANTS = {
    "95": "the confidence level of all intervals",
    "256": "SHA-256",
    "784": "inputs of document 004's network",
    "60 000": "training images of MNIST",
    "10 000": "test images of MNIST",
}
# Numbers in the layout that are no lengths: per cent, seconds of an hour, sizes of units, images of MNIST.
FACTORS = {"100", "3600", "1e9", "1e6", "1e4", "1e3", "60000"}


def texts(node, place=""):
    """All texts below a node with their places."""
    if isinstance(node, str):
        return {place: node}
    return {key: text for name, item in node.items() for key, text in texts(item, f"{place}.{name}").items()}


def words(language):
    return texts(read_words("report", language))


def names(text):
    return sorted(set(re.findall(r"#([a-z_]+)", text)))


def test_there_is_an_english_and_a_spanish_edition():
    assert LANGUAGES == ["en", "es"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_has_the_keys_and_values_of_the_english_one(language):
    english, other = words("en"), words(language)
    assert sorted(english) == sorted(other)
    assert {place: names(text) for place, text in other.items()} == {
        place: names(text) for place, text in english.items()
    }


def test_an_edition_is_translated():
    """Sentences that both editions share were forgotten; names, units and formulas may be the same."""
    english, spanish = words("en"), words("es")
    assert {place for place, text in english.items() if len(text.split()) > 4 and spanish[place] == text} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_name_in_a_text_is_one_that_the_layout_fills_in(language):
    layout = "".join(LAYOUT.values())
    wanted = {name for text in words(language).values() for name in names(text)} - MARKUP
    assert wanted
    assert {name for name in wanted if not re.search(rf"\b{name}:|\"{name}\"", layout)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_verdict_and_outcome_has_its_words(language):
    told = report_words(language)
    assert [reason for reason in REASONS if reason not in told["reasons"]] == []
    assert sorted(told["verdict"]) == sorted(VERDICTS)
    assert set(ALWAYS) <= set(told["outcome"])
    assert sorted(told["outcome"]) == sorted(told["verdicts"]["outcomes"])


def typed_numbers(text):
    """Numbers that a result might look like: with decimals, with a per cent sign, or of three digits and more."""
    number = r"(?<![\w.,#{])\d{1,3}(?: \d{3})+|(?<![\w.,#{])\d+(?:[.,]\d+)?"
    for match in re.finditer(number, text):
        told = match.group()
        if re.search(r"[.,]", told) or len(told) >= 3 or re.match(r"[ ~]?%", text[match.end() :]):
            yield told


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_types_a_result(language):
    typed = {
        place: [one for one in typed_numbers(text) if one not in CONSTANTS] for place, text in words(language).items()
    }
    assert {place: found for place, found in typed.items() if found and place != ".data.sha256"} == {}


def test_the_search_for_typed_results_finds_them():
    assert list(typed_numbers("it reached 40.1 % on 3,5 points, 12 % and 1 500 of 60 000 rows")) == [
        "40.1", "3,5", "12", "1 500", "60 000",
    ]  # fmt: skip
    assert list(typed_numbers("one of 5 folds, #n2, 80/20")) == []


def layout_numbers(text):
    """The numbers of a layout file that are no lengths, colours or code points."""
    code = re.sub(r"//.*|rgb\(\"#\w+\"\)|\\u\{\w+\}", "", text)
    for match in re.finditer(r"(?<![\w.#])\d+(?:\.\d+)?(?:e\d+)?", code):
        if not re.match(r"pt|em|mm|fr|%", code[match.end() :]):
            yield match.group()


@pytest.mark.parametrize("path", LAYOUT, ids=lambda path: path.name)
def test_no_layout_types_a_result(path):
    suspicious = [one for one in layout_numbers(LAYOUT[path]) if re.search(r"[.e]", one) or len(one) >= 3]
    assert [one for one in suspicious if one not in FACTORS] == []


@pytest.mark.parametrize("path", LAYOUT, ids=lambda path: path.name)
def test_no_layout_types_a_sentence(path):
    """What the report says stands in its texts, or a translation would miss it."""
    code = re.sub(r"//.*|\"[^\"]*\"", "", LAYOUT[path])
    assert re.findall(r"\[[^\]\[#]*[a-zA-Z]{3,} [a-zA-Z]{3,}[^\]\[#]*\]", code) == []


def test_a_language_without_words_is_one_clear_line():
    with pytest.raises(HpoTrialError, match=r"no words in 'fr': set report.language to one of en, es"):
        report_words("fr")


def edition(folder, language, text):
    (folder / language).mkdir()
    (folder / language / "report.yaml").write_text(text)


def test_broken_words_are_one_clear_line(tmp_path):
    edition(tmp_path, "en", "title: [")
    with pytest.raises(HpoTrialError, match=r"en/report\.yaml cannot be read"):
        report_words("en", tmp_path)


def test_what_an_edition_lacks_is_in_english_and_said_once(tmp_path, caplog):
    edition(tmp_path, "en", "{title: Title, page: page, table: {arm: arm, seeds: seeds}}")
    edition(tmp_path, "fr", "{title: Titre, table: {arm: bras}}")
    assert report_words("fr", tmp_path) == {
        "title": "Titre", "page": "page", "table": {"arm": "bras", "seeds": "seeds"},
    }  # fmt: skip
    (line,) = caplog.messages
    assert "'page', 'table.seeds' (2 in all); add them to report/words/fr/report.yaml" in line


def test_a_text_by_language():
    assert in_language({"en": "yes", "es": "sí"}, "es") == "sí"
    assert in_language({"en": "yes"}, "es") == "yes"
    assert in_language({}, "es") == ""
