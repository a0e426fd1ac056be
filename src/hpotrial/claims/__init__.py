"""The claims of the documents: their registry, the evidence in a study's tables, and the verdicts.

Here is what needs no tables. Verdicts are in ``judging`` and, from files to files, in ``storing``, whose imports take a
second that every start of the workflow would spend.
"""

from hpotrial.claims.checking import check, registry_of
from hpotrial.claims.families import hypotheses_of
from hpotrial.claims.registry import Registry, load

__all__ = ["Registry", "check", "hypotheses_of", "load", "registry_of"]
