"""Drawing people who do not exist: `Identity` × `Scene` → picture.

The way goes from `people` through `head`, `skin`, `hair` and `features`, made of `surfaces`, to
`camera`.
"""

from siamese.rendering.people import (
    Control,
    Identity,
    Scene,
    controls,
    hair_of,
    head_of,
    person_name,
    photo_seed,
    random_identity,
    random_scene,
    render,
    render_people,
    sample_identity,
    sample_scene,
    write_sample,
)

__all__ = [
    "Control",
    "Identity",
    "Scene",
    "controls",
    "hair_of",
    "head_of",
    "person_name",
    "photo_seed",
    "random_identity",
    "random_scene",
    "render",
    "render_people",
    "sample_identity",
    "sample_scene",
    "write_sample",
]
