"""How arms and cv-settings are called and ordered, in every table and figure."""


def arm_label(arm: str, cv: str) -> str:
    """How an arm at one cv-setting is called in tables and figures."""
    return f"{arm}, {cv}"


def cv_order(cv: str) -> tuple[int, int, str]:
    """Sorting key of cv-settings: `test`, `holdout`, then folds by number."""
    folds = int(cv[2:]) if cv[:2] == "cv" and cv[2:].isdigit() else 0
    return {"test": 0, "holdout": 1}.get(cv, 2), folds, cv
