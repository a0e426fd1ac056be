"""Draw the train, test and audit rows of one dataset and seed."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.datasets import splits
    from hpotrial.datasets.dataset import load
    from hpotrial.study import load_study

    # read here and not passed as a parameter: another arm with more folds asks for a check, not for another split
    folds = load_study(snakemake.config).dataset(snakemake.wildcards.dataset).most_folds
    split = splits.draw(
        load(Path(snakemake.input.npz), Path(snakemake.input.json)),
        seed=int(snakemake.wildcards.seed),
        test_size=snakemake.params.test_size,
        audit_size=snakemake.params.audit_size,
        train_rows=snakemake.params.train_rows,
        rows_per_class=folds,
    )
    splits.save(split, Path(snakemake.output.npz))
    print(", ".join(f"{part}: {len(getattr(split, part)):,} rows" for part in splits.PARTS))
