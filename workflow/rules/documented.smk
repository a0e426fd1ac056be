"""What the replication's rules share: the documented rows, checked, and the files that go with them.

Needs the study and the table that its `replicate: file:` names. Makes DOCUMENTED_ROWS and input functions.
"""

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.documented import read_documented


def documented_rows():
    """The rows of the documented table by number, checked before any job starts; none if the study replicates none."""
    if STUDY.replicate is None:
        return {}
    try:
        if not kinds.load(
            STUDY.dataset(STUDY.replicate.dataset).spec.kind
        ).own_test_set:
            able = [name for name in kinds.names() if kinds.load(name).own_test_set]
            raise ConfigurationError(
                f"replicate.dataset: {STUDY.replicate.dataset!r} has no training and test set of its own; "
                f"name a dataset of kind {' or '.join(able)}"
            )
        rows = read_documented(own_or_bundled(STUDY.replicate.file))
        return {row.number: row for row in rows}
    except HpoTrialError as error:
        fail(error)


def replicated_data(path):
    """An input function: a file of the dataset that is trained on."""
    return lambda wildcards: path.format(dataset=STUDY.replicate.dataset)


def row_files():
    """The file of every documented row."""
    return expand(PATHS.replicated_row, row=DOCUMENTED_ROWS)


def replicated_rows(wildcards):
    """What was found for every documented row; none where only what is there shall be collected."""
    if STUDY.replicate is None:
        fail(
            "replicate: this study names no documented configurations; add "
            "`replicate: {file: data/documented_mnist.csv, dataset: mnist, seeds: 10}` to its file"
        )
    return [] if STUDY.collect == "available" else row_files()


def replicated_there(wildcards):
    """The rows' files that are there, with their times: without inputs, this is what makes the table out of date."""
    found = map(Path, row_files() if STUDY.collect == "available" else [])
    return [f"{path} {path.stat().st_mtime_ns}" for path in found if path.exists()]


DOCUMENTED_ROWS = documented_rows()
