"""docs/extending/claim.md: its entries, put at the end of the registry, are found by the study and judged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from judged_study import NO_PLAN, STUDY, tables_of

from hpotrial.core.files import jsonable
from hpotrial.results.verdicts.judge import judge
from hpotrial.study import load_study, read_study_file
from hpotrial.study.claims import check, load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending" / "claim.md").read_text(encoding="utf-8")
NAMES = ("keras_random_as_good_as_tpe", "keras_random_costs_half_of_tpe")


def test_its_entries_are_found_by_the_study_and_judged(tmp_path):
    file = tmp_path / "claims.yaml"
    entries = PAGE.split("```yaml\n")[1].split("```")[0]
    file.write_text((ROOT / "config" / "claims.yaml").read_text(encoding="utf-8") + entries, encoding="utf-8")
    study = load_study(read_study_file(ROOT / "config" / "config.yaml"))
    registry = check(load(file), study)
    assert list(registry.claims)[-2:] == list(NAMES)
    scores = np.random.default_rng(0).normal(0.4, 0.02, 10)
    nearly = scores + np.random.default_rng(1).normal(0, 0.001, 10)
    tables = tables_of(
        {
            "telecust/keras_random/holdout": {"audit_score": scores, "epochs": np.arange(100, 110)},
            "telecust/hyperopt_tpe/holdout": {"audit_score": nearly, "epochs": np.arange(400, 410)},
        }
    )
    added = replace(registry, claims={name: registry.claims[name] for name in NAMES})
    found = jsonable(judge(added, tables, NO_PLAN, STUDY))["claims"]
    assert [one["outcome"] for one in found] == ["holds", "holds"]
    reasons = [judgement["reason"] for one in found for judgement in one["judgements"]]
    assert reasons == ["within_margin", "ratio_below"]
