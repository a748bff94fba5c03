"""Taking leave: what of the visitor is here, and one button that deletes it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.people.uploads import uploaded
from pages.ui.session import session
from pages.ui.text import counted

ONE = {
    "pictures from files": "picture from files",
    "people of your own": "person of your own",
    "photos": "photo",
    "people enrolled at the door": "person enrolled at the door",
    "runs": "run",
}
KEPT = {"session", "page_shown"}  # of Streamlit's session when everything is deleted


def your_data() -> None:
    """What of the visitor is here, and one button that deletes it."""
    if told := st.session_state.pop("people_forgotten", ""):
        st.success(told, icon=":material/delete_forever:")
    with st.container(horizontal=True, vertical_alignment="center", key="people_yours"):
        st.caption(
            "A reload or closing the tab ends the session, and what you brought is gone. You need "
            "not wait for that."
        )
        with st.popover("Delete everything of this session", icon=":material/delete_forever:"):
            st.markdown(
                "All pictures that you brought or took, the people of your own and those enrolled "
                "at the door, and every net that you have trained: **gone for good**. What you "
                "have downloaded stays on your disk."
            )
            st.button(
                "Yes, delete everything",
                on_click=forget_everything,
                type="primary",
                key="people_forget",
            )


def forget_everything() -> None:
    """Nothing of the visitor is left in this server's memory but the choice of page. A callback."""
    from_files = uploaded()
    gone = session().forget_everything()
    if from_files and from_files.faces:
        gone = {"pictures from files": len(from_files.faces), **gone}
    for key in list(st.session_state):
        if key not in KEPT:
            del st.session_state[key]
    if context := get_script_run_ctx():  # Streamlit keeps uploads until the session ends
        context.uploaded_file_mgr.remove_session_files(context.session_id)
    words = [counted(number, ONE[what], what) for what, number in gone.items() if number]
    what = f"Deleted: {', '.join(words)}." if words else "There was nothing of yours here."
    st.session_state["people_forgotten"] = f"{what} This session is as new."
