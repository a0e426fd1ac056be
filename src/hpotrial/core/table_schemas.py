"""The columns of the collected tables, and the keys by which their rows are told apart."""

import pyarrow as pa

from hpotrial.core import metrics

RUN_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("dataset", "arm", "method", "cv")]
    + [("seed", pa.int64()), ("standin", pa.bool_())]
    + [(name, pa.string()) for name in ("data_sha256", "status", "message", "configuration")]
    + [(name, pa.float64()) for name in ("selection_score", "test_score", "audit_score")]
    + [("scored_model", pa.string())]
    + [(name, pa.int64()) for name in ("trials", "failed_trials", "fits", "epochs", "examples")]
    + [(f"{name}_seconds", pa.float64()) for name in ("wall", "cpu", "compile", "startup", "job")]
    + [(name, pa.int64()) for name in ("refit_epochs", "space_size", "n_train", "n_test", "n_audit")]
    + [("engine", pa.string()), ("code_fingerprint", pa.string())]
    + [("model", pa.string()), ("metric", pa.string()), ("epoch_budget", pa.int64()), ("pruned_trials", pa.int64())]
    # the scores above are by the metric that the arm maximised; these are all metrics in their own units
    + [(f"{part}_{metric}", pa.float64()) for part in ("test", "audit") for metric in metrics.NAMES]
)
TRIAL_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("dataset", "arm", "method", "cv")]
    + [("seed", pa.int64()), ("trial", pa.int64()), ("configuration", pa.string()), ("score", pa.float64())]
    + [("fold_scores", pa.string())]
    + [(name, pa.int64()) for name in ("fits", "epochs", "examples")]
    + [(f"{name}_seconds", pa.float64()) for name in ("wall", "cpu", "compile")]
    + [("budget_epochs", pa.int64()), ("best_epoch", pa.int64()), ("status", pa.string()), ("message", pa.string())]
    + [("standin", pa.bool_())]
)
# what an outcome's `generations` hold: `number` is called `generation` here
GENERATION_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("dataset", "arm", "method", "cv")]
    + [(name, pa.int64()) for name in ("seed", "generation", "evaluations")]
    + [(name, pa.float64()) for name in ("best", "mean", "spread", "diversity")]
)
SCORES = ("selection", "test", "audit")
COUNTS = ("trials", "fits", "epochs", "examples")
MEAN_COSTS = [*COUNTS, *(f"{clock}_seconds" for clock in ("wall", "cpu", "compile", "startup", "job"))]
RUN_KEY = ["dataset", "arm", "cv", "seed"]
ARM_KEY = ["dataset", "arm", "method", "cv"]
FAILURES = ("all_trials_failed", "search_error")
