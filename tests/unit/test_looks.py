"""Planned looks: what a study may say of them, and the one line that each fault earns."""

import copy

import pytest
import yaml

from hpotrial.core.configuration import Looks
from hpotrial.core.errors import ConfigurationError
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.study import load_study
from hpotrial.study.claims import registry_of
from hpotrial.study.plan import make_plan, summary

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
    plan = make_plan(load_study(text), {"telecust": meta})
    looks = plan.groupby(["arm", "cv"])["look"].agg(list)
    assert looks["grid_loop", "test"] == [1, 1, 2, 2, 3, 3, 3, 3]
    assert looks["sklearn_grid", "cv3"] == [1, 1, 2]
    said = [line.split()[:3] for line in summary(plan).splitlines()]
    assert ["first", "look", "6"] in said
    assert ["at", "most", "19"] in said
