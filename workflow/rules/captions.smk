"""The words of the figures in the report's language, for the browsable report.

Needs STUDY. Makes LANGUAGE, TRANSLATIONS (the files that hold them) and figure_says.
"""

import yaml

LANGUAGE = STUDY.report["language"]
TRANSLATIONS = (
    []
    if LANGUAGE == "en"
    else [
        str(provenance.PACKAGE_ROOT / "figures" / "translations" / f"{LANGUAGE}.yaml")
    ]
)


@cache
def translations():
    """The figures' English texts, and what the report's language has in their place."""
    return {
        english: told
        for path in TRANSLATIONS
        for english, told in yaml.safe_load(Path(path).read_text("utf-8")).items()
    }


def figure_says(name):
    """A figure's title or caption in the report's language, for the browsable report."""

    def said(wildcards):
        text = provenance.constant(f"hpotrial.figures.{wildcards.figure}", name)
        return translations().get(text, text)

    return said
