"""The verdicts as files, made from the files of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial.core.claims import Registry
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import jsonable, read_json, write_json
from hpotrial.results import Tables
from hpotrial.results.verdicts.judge import judge

_NESTED = ("pairs", "rope", "details", "b")


def judge_study(
    registry: Registry,
    tables_dir: Path,
    plan_csv: Path,
    study_json: Path,
    replication_parquet: Path | None,
    verdicts_json: Path,
    verdicts_csv: Path,
) -> dict[str, Any]:
    """Judge a study's claims on its files and write ``verdicts.json`` and, a row per judgement, ``verdicts.csv``.

    Raises
    ------
    HpoTrialError
        A file of the study cannot be read.
    """
    try:
        plan = pd.read_csv(plan_csv)
        replication = pd.read_parquet(replication_parquet) if replication_parquet else None
    except (OSError, ValueError) as error:
        raise HpoTrialError(
            f"the study's plan or replication cannot be read ({error}); run the workflow again"
        ) from None
    verdicts = jsonable(judge(registry, Tables(Path(tables_dir)), plan, read_json(study_json), replication))
    write_json(verdicts_json, verdicts, ensure_ascii=False)
    as_rows(verdicts).to_csv(verdicts_csv, index=False, lineterminator="\n")
    return dict(verdicts)


def as_rows(verdicts: dict[str, Any]) -> pd.DataFrame:
    """One row per judgement, without what is nested."""
    return pd.DataFrame(
        [
            {
                "claim": claim["id"],
                "sources": " ".join(claim["sources"]),
                "kind": claim["kind"],
                "primary": claim["primary"],
                "standin": claim["standin"],
                "outcome": claim["outcome"],
                **{key: value for key, value in one.items() if key not in _NESTED},
                "b": " ".join(one["b"]),
            }
            for claim in verdicts["claims"]
            for one in claim["judgements"]
        ]
    )
