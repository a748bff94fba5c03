"""What must be said before somebody's photo is used."""

from __future__ import annotations

import streamlit as st


def cautions() -> None:
    """Consent, memory, misuse, and for whom it fails."""
    st.subheader("Before you use somebody's photo", anchor=False)
    st.markdown(
        "**Ask first.** A face is personal, and comparing it is more than looking at it; of "
        "children, ask the parents, too.\n\n"
        "**What stays.** Files and shots are kept in this server's memory, for you alone, never on "
        "a disk. They go when you replace or remove them, and all of them when you leave: two "
        "minutes after the browser has closed the page, at the latest.\n\n"
        "**What for.** To learn how such nets work. Not to find out who somebody is, not to let "
        "anybody in or keep anybody out, not for exams, work, police or borders: a distance is a "
        "hint with an error rate, and no proof.\n\n"
        "**Where it fails more often.** We have measured no error rates by group, neither by skin "
        "colour nor by age or sex: the photos at hand carry no such labels. So we state none, and "
        "that does not mean that there are no differences. The starter net has learnt from press "
        "photos (LFW), which show mostly light-skinned adult men; from whom SFace has learnt is "
        "not told. Of 189 industrial programs the "
        "US institute NIST found many whose false accepts differed between groups by factors of "
        "10 to more than 100 (NISTIR 8280, 2019). Children, small or dark pictures and turned "
        "heads are harder for every net here."
    )
