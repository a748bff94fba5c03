"""Settings that have to be one of a few names, or to lie in a range."""

from collections.abc import Collection, Mapping


def what_is_wrong(
    settings: object,
    choices: Mapping[str, Collection[str]],
    ranges: Mapping[str, tuple[float, float]],
) -> str:
    """A sentence on the first field that is none of its choices or out of its range, ends included;
    nothing where all are well."""
    for name, known in choices.items():
        value = getattr(settings, name)
        if value not in known:
            return f"There is no {name} '{value}'. Choose from {', '.join(known)}."
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        if not low <= value <= high:  # also false for NaN
            return f"{name} is {value}; it has to lie between {low} and {high}."
    return ""
