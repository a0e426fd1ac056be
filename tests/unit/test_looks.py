"""Planned looks: what a study may say of them, and the one line that each fault earns."""

import copy
import json

import numpy as np
import pytest
import yaml
from judged_study import NO_PLAN, claim, tables_of
from judged_study import STUDY as STUDY_JSON
from judged_study import registry_of as registry_of_claims

from hpotrial.core.claims import Judgement
from hpotrial.core.configuration import ClaimsFile, DatasetConfig, DatasetSpec, Looks, Study, StudyArm
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.files import jsonable
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.results.statistics.paired import paired
from hpotrial.results.verdicts.comparison import Comparison, Scale
from hpotrial.results.verdicts.judge import judge
from hpotrial.results.verdicts.looks import conditional_power, look_at
from hpotrial.study import load_study
from hpotrial.study.claims import registry_of
from hpotrial.study.plan import at_most, make_plan, summary

STUDY = """
name: small
seeds: {first: 5, looks: [2, 4, 8], alpha: [0.01, 0.01, 0.03]}
claims: {file: CLAIMS}
datasets:
  telecust:
    model: mlp
    space: {neurons: {choice: [16, 64]}, epochs: {choice: [2, 3]}}
    arms:
      grid_loop: {cv: [test, holdout]}
      sklearn_grid: {cv: [cv3]}
"""
CLAIMS = """
claims:
  loop_better:
    sources: [notes.txt]
    statement: {en: It is better., es: Es mejor.}
    kind: superiority
    a: telecust/grid_loop/test
    b: telecust/sklearn_grid/cv3
    scores: {audited: audit}
"""


@pytest.fixture
def written(tmp_path):
    """The study as plain values, its registry a file."""
    (tmp_path / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    return yaml.safe_load(STUDY.replace("CLAIMS", str(tmp_path / "claims.yaml")))


def test_a_study_has_the_seeds_of_its_last_look(written):
    study = load_study(written)
    assert study.looks == Looks((2, 4, 8), (0.01, 0.01, 0.03), give_up_from=4)
    assert study.seeds == tuple(range(5, 13))
    assert registry_of(study).alpha == 0.05


@pytest.mark.parametrize(
    ("seeds", "line"),
    [
        ({"looks": [2, 8, 4]}, "seeds.looks: must rise, and 4 does not after 8"),
        ({"looks": [2, 4, 4]}, "seeds.looks: must rise, and 4 does not after 4"),
        ({"looks": [1, 4, 8]}, "seeds.looks.0: must be at least 2, not 1"),
        ({"alpha": [0.01, 0.04]}, "seeds.alpha: has 2 shares for 3 looks; give one for each"),
        ({"alpha": [0.01, 0.02, 0.03]}, "seeds.alpha: the shares add up to 0.06, and the alpha of"),
        ({"alpha": [0.01, 0.01, 0.0]}, "seeds.alpha.2: must be greater than 0, not 0"),
        ({"alpha": None}, "seeds.alpha: must be a list, not None"),
        ({"count": 4}, "seeds.looks: the last look, at 8 seeds, is beyond the 4 seeds of `count`; leave `count` out"),
        ({"count": 9}, "seeds.looks: the last look, at 8 seeds, leaves some of the 9 seeds of `count`"),
        ({"give_up_from": 3}, "seeds.give_up_from: 3 is no look; there are 2, 4, 8"),
    ],
)
def test_a_fault_in_the_looks_is_one_line(written, seeds, line):
    text = copy.deepcopy(written)
    text["seeds"] |= seeds
    with pytest.raises(ConfigurationError) as caught:
        registry_of(load_study(text))
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("seeds", "line"),
    [
        ({"first": 1}, "seeds: the key 'count' is missing"),
        ({"looks": [2, 4]}, "seeds: the key 'alpha' is missing; say what each look spends"),
        ({"count": 4, "alpha": [0.05]}, "seeds.alpha: belongs to looks; say `looks` too, or take it out"),
    ],
)
def test_what_belongs_together_is_said_together(written, seeds, line):
    with pytest.raises(ConfigurationError, match="^" + line):
        load_study(written | {"seeds": seeds})


def test_without_claims_there_is_nothing_to_look_at(written):
    with pytest.raises(ConfigurationError, match=r"^seeds\.looks: there are no claims to look at"):
        load_study(written | {"claims": None})


def test_the_plan_prices_the_first_look_and_the_most_that_all_can_cost(written):
    meta = DatasetMeta("telecust", "telecust", False, "", "", "0" * 64, 1000, 11, tuple("abcd"), None, None)
    text = copy.deepcopy(written)
    text["datasets"]["telecust"]["arms"]["sklearn_grid"]["seeds"] = 3
    study = load_study(text)
    plan = at_most(make_plan(study, {"telecust": meta}), registry_of(study))
    looks = plan.groupby(["arm", "cv"])["look"].agg(list)
    assert looks["grid_loop", "test"] == [1, 1, 2, 2, 3, 3, 3, 3]
    # of what no claim is about, no look asks for more
    assert looks["grid_loop", "holdout"] == [1, 1]
    assert looks["sklearn_grid", "cv3"] == [1, 1, 2]
    said = [line.split()[:3] for line in summary(plan).splitlines()]
    assert ["first", "look", "6"] in said
    assert ["at", "most", "13"] in said


# --- what looks decide -----------------------------------------------------------------------------------------------

CELLS = ("d/a/cv5", "d/b/cv5", "d/c/cv5", "d/alone/cv5")


def planned(looks=(10, 20, 40), alpha=(0.01, 0.02, 0.02), caps=None, give_up_from=20):
    """A study of four arms, of which claims are about three."""
    arms = tuple(
        StudyArm(cell.split("/")[1], "grid_loop", {}, "mlp", {}, {}, cv=(CvSetting("cv5"),),
                 most_seeds=(caps or {}).get(cell)) for cell in CELLS
    )  # fmt: skip
    dataset = DatasetConfig(DatasetSpec("d", "csv", {}), 0.2, 0.2, 0.2, None, arms, {})
    written = {"name": "s", "results_dir": "r", "standin": "allow", "collect": "all", "workers": "none", "fits": "none",
               "report": {}}  # fmt: skip
    return Study(
        **written,
        seeds=tuple(range(looks[-1])),
        datasets=(dataset,),
        replicate=None,
        claims=ClaimsFile("claims.yaml"),
        looks=Looks(looks, alpha, give_up_from),
    )


def scores_of(**levels):
    """Audit scores of 40 seeds: an arm's level, and noise of its own."""
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 0.02, 40)
    return {f"d/{arm}/cv5": level + shared + rng.normal(0, 0.005, 40) for arm, level in levels.items()}


def all_looks(study, registry, scores):
    """Every look until one asks for no more, each as its file has it."""
    made, earlier = [], None
    for number in range(1, len(study.looks.seeds) + 1):
        asked = {**earlier["asked"], **earlier["next"]} if earlier else dict.fromkeys(CELLS, study.looks.seeds[0])
        tables = tables_of({cell: {"audit_score": values[: asked[cell]]} for cell, values in scores.items()})
        earlier = json.loads(
            json.dumps(jsonable(look_at(registry, study, number, tables, NO_PLAN, STUDY_JSON, None, earlier)))
        )
        made.append(earlier)
        if not earlier["next"]:
            break
    return made


def told(look):
    return {(claim["id"], one["on"]): one for claim in look["verdicts"]["claims"] for one in claim["judgements"]}


def test_an_arm_runs_on_only_while_a_claim_about_it_is_open():
    registry = registry_of_claims(
        claim(name="clear", a="d/a/cv5", b="d/b/cv5"),
        claim(name="close", a="d/b/cv5", b="d/c/cv5", margin=0.002),
    )
    first, second, *_ = all_looks(planned(), registry, scores_of(a=0.5, b=0.4, c=0.4005, alone=0.4))
    assert first["asked"] == dict.fromkeys(CELLS, 10)
    assert told(first)["clear", "audited"]["verdict"] == "supported"
    assert told(first)["clear", "audited"]["look"] == 10
    # the arm of the claim that is decided stops, and so does the one that no claim is about
    assert first["next"] == {"d/b/cv5": 20, "d/c/cv5": 20}
    assert told(second)["clear", "audited"] == told(first)["clear", "audited"]
    assert told(second)["close", "audited"]["n"] == 20


def test_a_decision_stays_whatever_later_seeds_say():
    registry = registry_of_claims(
        claim(name="first", a="d/a/cv5", b="d/b/cv5"), claim(name="other", a="d/a/cv5", b="d/c/cv5", margin=0.0001)
    )
    scores = scores_of(a=0.42, b=0.4, c=0.42, alone=0.4)
    scores["d/a/cv5"][10:] -= 0.1
    looks = all_looks(planned(give_up_from=40), registry, scores)
    assert len(looks) > 1
    assert [told(look)["first", "audited"]["verdict"] for look in looks] == ["supported"] * len(looks)
    assert told(looks[-1])["first", "audited"]["n"] == 10
    # all at once they would say the opposite
    whole = judge(
        registry, tables_of({cell: {"audit_score": values} for cell, values in scores.items()}), NO_PLAN, STUDY_JSON
    )
    assert whole["claims"][0]["judgements"][0]["verdict"] == "contradicted"


def hopeless_scores():
    """Half the margin of 0.002 between the arms a and b, and so much noise that 40 seeds show nothing."""
    scores = scores_of(a=0.4, b=0.4, c=0.4, alone=0.4)
    return scores | {"d/a/cv5": scores["d/b/cv5"] + 0.001 + 0.006 * (-1.0) ** np.arange(40)}


def test_what_the_last_look_would_hardly_decide_is_given_up_with_its_bound():
    registry = registry_of_claims(claim(name="hopeless", a="d/a/cv5", b="d/b/cv5", margin=0.002))
    looks = all_looks(planned(), registry, hopeless_scores())
    assert [look["verdicts"]["claims"][0]["outcome"] for look in looks] == ["open", "given_up"]
    last = told(looks[-1])["hopeless", "audited"]
    assert (last["verdict"], last["reason"], last["look"]) == ("inconclusive", "given_up", 20)
    assert last["details"]["power"] < 0.15
    assert last["details"]["most"] == 40
    assert last["low"] < last["effect"] < last["high"]
    assert looks[-1]["next"] == {}


def test_a_claim_that_is_given_up_still_counts_among_the_hypotheses():
    registry = registry_of_claims(
        claim(name="hopeless", a="d/a/cv5", b="d/b/cv5", margin=0.002),
        claim(name="slow", a="d/c/cv5", b="d/alone/cv5"),
    )
    scores = hopeless_scores()
    scores["d/c/cv5"] = scores["d/alone/cv5"] + 0.007 + 0.012 * (-1.0) ** np.arange(40)
    looks = all_looks(planned(), registry, scores)
    assert [one["claim"] for one in looks[1]["verdicts"]["looks"]["made"][1]["given_up"]] == ["hopeless"]
    assert looks[1]["next"] == {"d/alone/cv5": 40, "d/c/cv5": 40}
    assert looks[2]["verdicts"]["families"]["primary"]["hypotheses"] == 2
    assert told(looks[2])["slow", "audited"]["verdict"] == "supported"
    (level,) = {one["decision"]["level"] for one in looks[2]["tested"] if one["claim"] == "slow"}
    assert level == 0.02 / 2


def test_a_claim_asks_for_no_seeds_that_one_of_its_arms_has_not():
    registry = registry_of_claims(claim(name="close", a="d/a/cv5", b="d/b/cv5", margin=0.002))
    scores = scores_of(a=0.4005, b=0.4, c=0.4, alone=0.4)
    first, *_ = all_looks(planned(caps={"d/b/cv5": 15}), registry, scores)
    assert first["next"] == {"d/a/cv5": 15, "d/b/cv5": 15}


def test_looks_add_up_and_say_what_they_spent():
    registry = registry_of_claims(claim(name="close", a="d/a/cv5", b="d/b/cv5", margin=0.001))
    looks = all_looks(planned(give_up_from=40), registry, scores_of(a=0.4007, b=0.4, c=0.4, alone=0.4))
    made = looks[-1]["verdicts"]["looks"]["made"]
    assert [(one["look"], one["seeds"], one["alpha"]) for one in made] == [(1, 10, 0.01), (2, 20, 0.02), (3, 40, 0.02)]
    assert made[-1]["spent"] == pytest.approx(0.05)
    assert [one["runs"] for one in made] == [40, 60, 100]


def test_equal_looks_are_equal():
    registry = registry_of_claims(claim(name="close", a="d/a/cv5", b="d/b/cv5", margin=0.002))
    scores = scores_of(a=0.4005, b=0.4, c=0.4, alone=0.4)
    assert all_looks(planned(), registry, scores) == all_looks(planned(), registry, scores)


def test_conditional_power_is_that_of_what_the_seeds_to_come_decide():
    rng = np.random.default_rng(11)
    values = rng.normal(0.004, 0.02, 20)
    scale = Scale(margin=0.01)
    comparison = Comparison(
        Judgement("audited", "inconclusive", ""), scale.hypotheses(paired(values)), scale, values, 0.0
    )
    level, n = 0.01, 80
    said = conditional_power(comparison, level, n / 20)
    decided = 0
    for _ in range(4000):
        # those to come have the mean and the spread of those that are there
        then = scale.hypotheses(paired([*values, *rng.normal(values.mean(), values.std(ddof=1), n - 20)]))
        decided += then.p <= level or then.p_other <= level
    assert said == pytest.approx(decided / 4000, abs=0.04)
    assert conditional_power(comparison, level, 1.0) == 0.0
