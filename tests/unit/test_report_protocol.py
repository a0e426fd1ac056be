"""What a study asked for, in words: arms with what they say beside their options, models, training."""

from pathlib import Path
from typing import Any

import yaml

from hpotrial.report.protocol import arms_as_asked, models_of, training_of

TEXT = Path(__file__).parents[2] / "report" / "words" / "en" / "report.yaml"
TOLD = yaml.safe_load(TEXT.read_text(encoding="utf-8"))["protocol"]["values"]
LIBRARIES = {"mlp": "keras", "random_forest": "sklearn"}
PLAIN = {"engine": "compiled", "early_stopping": None, "checkpoint": "last"}


def arm(name: str, **changes: Any) -> dict[str, Any]:
    asked = {"method": "sklearn_random", "cv": ["cv5"], "options": {"n_iter": 10}, "model": "mlp", "fixed": {}}
    return {"name": name, **asked, "space": {}, "training": PLAIN, **changes}


def test_an_arm_says_its_share_of_rows_beside_its_options():
    whole, few = arms_as_asked({"arms": [arm("whole", train_share=1), arm("few", train_share=5 / 6)]}, TOLD)
    assert (whole["options"], few["options"]) == ("n_iter 10", "n_iter 10, train_share 0.8333")


def test_an_arm_says_how_often_it_searches_and_fits():
    once, often = arms_as_asked({"arms": [arm("once", repeats=1), arm("often", repeats=20, refits=2)]}, TOLD)
    assert (once["options"], often["options"]) == ("n_iter 10", "n_iter 10, refits 2, repeats 20")


def test_what_several_arms_have_is_told_once_with_their_names():
    stopped = {**PLAIN, "early_stopping": {"patience": 3}}
    arms = [arm("a"), arm("b", fixed={"layers": 1}), arm("c", training=stopped), arm("d", fixed={"layers": 1})]
    assert models_of({"arms": arms}, TOLD) == [
        {"model": "mlp", "fixed": "", "arms": ["a", "c"]},
        {"model": "mlp", "fixed": "layers 1", "arms": ["b", "d"]},
    ]
    assert training_of({"arms": arms}, LIBRARIES, TOLD) == [
        {"training": "engine compiled, checkpoint last", "arms": ["a", "b", "d"]},
        {"training": "engine compiled, early_stopping (patience 3), checkpoint last", "arms": ["c"]},
    ]


def test_a_forest_has_no_engine_to_tell_of():
    forest = arm("forest", model="random_forest")
    assert training_of({"arms": [forest]}, LIBRARIES, TOLD) == []
    assert [way["arms"] for way in training_of({"arms": [forest, arm("network")]}, LIBRARIES, TOLD)] == [["network"]]
