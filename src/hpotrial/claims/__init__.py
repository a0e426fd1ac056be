"""The claims of the documents: their registry, the evidence in a study's tables, and the verdicts."""

from hpotrial.claims.checking import check, registry_of
from hpotrial.claims.judging import hypotheses_of, judge
from hpotrial.claims.registry import Registry, load
from hpotrial.claims.storing import judge_study

__all__ = ["Registry", "check", "hypotheses_of", "judge", "judge_study", "load", "registry_of"]
