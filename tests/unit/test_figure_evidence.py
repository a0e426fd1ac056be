"""The evidence of claims and their forest: drawn whatever the verdicts hold, and with the verdicts' own numbers."""

import math

import matplotlib
import numpy as np
import pytest
import simulated_verdicts
from matplotlib.text import Text

from hpotrial.core import claims
from hpotrial.core.words import languages
from hpotrial.figures import claims_forest, style, wording
from hpotrial.figures.evidence import draw_evidence, evidence
from hpotrial.figures.margins import COMPARED, band, in_margins
from hpotrial.figures.style import settle
from hpotrial.results import Tables

pytestmark = pytest.mark.slow
VERDICTS = simulated_verdicts.build()
CLAIMS = {claim["id"]: claim for claim in VERDICTS["claims"]}


def a_judgement(**fields):
    """One of nothing but what must be there."""
    return vars(claims.Judgement(**{"on": claims.AUDITED, "verdict": claims.NOT_JUDGED, "reason": "no_runs"} | fields))


def tables_with(verdicts):
    tables = Tables(None)
    tables.__dict__["verdicts"] = verdicts
    return tables


def words_of(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


def test_every_verdict_has_a_look_and_no_two_the_same_form():
    assert set(style.VERDICTS) == set(claims.VERDICTS)
    assert len({look["marker"] for look in style.VERDICTS.values()}) == len(claims.VERDICTS)
    assert {style.verdict_word(verdict) for verdict in claims.VERDICTS}
    assert {style.judged_on_word(on) for on in (claims.DOCUMENTED, claims.AUDITED, claims.MEASURED)}


def test_every_claim_is_drawn_the_same_bytes_each_time(tmp_path):
    some = {**VERDICTS, "claims": [CLAIMS[name] for name in ("grid_loop_best", "hyperband_cost", "mnist_grid_winner")]}
    for turn in ("a", "b"):
        assert draw_evidence(some, tmp_path / turn) == [claim["id"] for claim in some["claims"]]
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(f"{claim['id']}.{kind}" for claim in some["claims"] for kind in ("png", "svg"))
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
        assert b"<dc:date>" not in (tmp_path / "a" / file).read_bytes()


@pytest.mark.parametrize("language", languages())
def test_evidence_is_small_and_its_letters_can_be_read(language):
    with matplotlib.rc_context(style.RC_PARAMS), wording.speaking(language):
        for name, claim in CLAIMS.items():
            figure = evidence(claim)
            settle(figure)
            assert not isinstance(figure, style.Words), name
            assert figure.get_figwidth() == style.WIDTH
            assert figure.get_figheight() <= 2.6, name
            letters = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
            assert min(text.get_fontsize() for text in letters) >= 6, name
            drawn = figure.get_tightbbox()  # inches
            assert min(drawn.x0, drawn.y0) > -0.03, name
            assert drawn.x1 < style.WIDTH + 0.03, name
            assert drawn.y1 < figure.get_figheight() + 0.03, name


def test_slopes_and_effects_are_those_of_the_judgements():
    claim = CLAIMS["bayes_beats_grid"]
    slopes, effects = evidence(claim).axes
    drawn = {tuple(line.get_ydata()) for line in slopes.lines}
    for judgement in claim["judgements"]:
        assert {(pair["b"], pair["a"]) for pair in judgement["pairs"]} <= drawn
    marks = {line.get_xdata()[0] for line in effects.lines if len(line.get_xdata()) == 1}
    assert marks == {judgement["effect"] for judgement in claim["judgements"]}


def test_two_scores_of_the_same_runs_are_told_apart_below_their_columns():
    judgement = {**CLAIMS["cv_score_optimistic"]["judgements"][0], "measure": "selection_score, audit_score"}
    slopes, _ = evidence({"id": "x", "judgements": [judgement]}).axes
    assert [label.get_text().replace("\n", " ") for label in slopes.get_xticklabels()] == [
        "audit score",
        "selection score",
    ]


def test_an_interval_is_drawn_round_the_runs():
    judgement = CLAIMS["mnist_grid_winner"]["judgements"][0]
    (axis,) = evidence(CLAIMS["mnist_grid_winner"]).axes
    band_drawn = axis.patches[0].get_window_extent().transformed(axis.transData.inverted())
    assert band_drawn.intervalx == pytest.approx([judgement["low_alone"], judgement["high_alone"]])
    lines = [list(line.get_xdata()) for line in axis.lines]
    assert [pair["value"] for pair in judgement["pairs"]] in lines
    assert [judgement["effect"]] in lines


@pytest.mark.parametrize("kind", claims.KINDS)
@pytest.mark.parametrize(
    "judgements",
    [
        [],
        [a_judgement()],
        [a_judgement(on=claims.DOCUMENTED), a_judgement()],
        [a_judgement(on=claims.DOCUMENTED, reason="standin", margin=0.01), a_judgement(margin=0.01)],
        [a_judgement(unit="ratio", expected=2.0, margin=0.25)],
        [a_judgement(unit="count", effect=3.0, verdict=claims.SUPPORTED)],
        [a_judgement(unit="count", effect=3.0, expected=3.0, verdict=claims.SUPPORTED)],
        [a_judgement(unit="share", effect=0.0, margin=0.01, pairs=({"seed": 0, "a": 0.4, "b": 0.4},))],
        [a_judgement(unit="nats", effect=0.1, low=None, high=0.2, pairs=({"seed": 0, "a": -1.0, "b": -1.1},))],
        [a_judgement(unit="ratio", effect=0.0, margin=0.25, pairs=({"seed": 0, "a": 0.0, "b": 2.0},))],
        [a_judgement(unit="count", pairs=({"seed": 0, "value": 0.0},))],
    ],
)
def test_whatever_is_not_known_leaves_a_picture_or_words(kind, judgements, tmp_path):
    claim = {"id": "x", "kind": kind, "judgements": judgements}
    assert draw_evidence({"claims": [claim]}, tmp_path) == ["x"]
    assert (tmp_path / "x.svg").stat().st_size > 1000
    with matplotlib.rc_context(style.RC_PARAMS):
        claims_forest.draw(tables_with({"claims": [claim]})).draw_without_rendering()


def test_what_was_not_judged_is_said_in_words():
    figure = evidence({"id": "x", "judgements": [a_judgement(), a_judgement(on=claims.DOCUMENTED)]})
    assert isinstance(figure, style.Words)
    assert words_of(figure).startswith("Not judged")


def test_margins_bring_scores_and_ratios_to_one_axis():
    score = in_margins(a_judgement(effect=0.02, low=-0.005, high=None, margin=0.01))
    assert (score.effect, score.low, score.high) == (pytest.approx(2), pytest.approx(-0.5), None)
    ratio = {"unit": "ratio", "expected": 2.0, "margin": 0.25}
    assert in_margins(a_judgement(effect=2.5, **ratio)).effect == pytest.approx(1)
    assert in_margins(a_judgement(effect=2 / 1.25, **ratio)).effect == pytest.approx(-1)
    assert in_margins(a_judgement(effect=8.0, **ratio)).effect == pytest.approx(math.log(4) / math.log(1.25))
    assert band(a_judgement(**ratio)) == (2.0, 1.6, 2.5)
    assert band(a_judgement(margin=0.01)) == (0.0, -0.01, 0.01)
    for nothing in ({}, {"effect": 0.1}, {"margin": 0.01}, {"effect": 0.0, **ratio}):
        assert in_margins(a_judgement(**nothing)) is None


def test_the_forest_shows_every_claim_and_every_paired_effect():
    (axis,) = claims_forest.draw(tables_with(VERDICTS)).axes
    assert {label.get_text() for label in axis.get_yticklabels()} == set(CLAIMS)
    marks = sorted(line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 1)
    for claim in VERDICTS["claims"]:
        for judgement in claim["judgements"]:
            found = in_margins(judgement) if claim["kind"] in COMPARED else None
            if found is not None and abs(found.effect) < 6:
                assert any(np.isclose(mark, found.effect) for mark in marks), claim["id"]


def test_a_study_without_claims_has_words_for_a_forest():
    assert isinstance(claims_forest.draw(tables_with(None)), style.Words)
    assert isinstance(claims_forest.draw(tables_with({"claims": []})), style.Words)
