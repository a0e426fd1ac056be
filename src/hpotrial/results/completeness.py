"""What became of the planned runs."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Completeness:
    """What became of the planned runs; a run is named ``{dataset}/{arm}/{cv}/seed{seed}``.

    ``planned == ok + len(failed) + len(missing) + len(unreadable)``. ``unplanned`` runs were found on disk and left
    out. ``versions`` counts, for each package, the runs that recorded each version.
    """

    planned: int
    ok: int
    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    versions: dict[str, dict[str, int]] = field(default_factory=dict)
