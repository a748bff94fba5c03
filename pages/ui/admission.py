"""Files that a visitor uploads: those for which there is room are let in, the others are not
kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.session import session
from siamese.allowances import FullError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

KIND = "file "  # how the names of uploads begin


def admit(upload: UploadedFile) -> None:
    """Let a file in that Streamlit holds already. FullError where there is no room for it: then it
    is held no more."""
    _let_go()
    _take(upload)


def _take(upload: UploadedFile) -> None:
    here, name = session().allowance, f"{KIND}{upload.file_id}"
    if here.has(name):
        return
    try:
        here.take(name, upload.size)
    except FullError:
        forget(upload.file_id)
        raise


def admitted(uploads: Iterable[UploadedFile | None]) -> list[UploadedFile]:
    """Those of the files for which there is room; a sentence says so of the others."""
    _let_go()
    let_in, sentences = [], dict[str, None]()
    for upload in filter(None, uploads):
        try:
            _take(upload)
            let_in.append(upload)
        except FullError as error:
            sentences[str(error)] = None
    for sentence in sentences:
        full(sentence)
    return let_in


def admitted_one(upload: UploadedFile | None) -> UploadedFile | None:
    """The file, if there is one and room for it."""
    return next(iter(admitted([upload])), None)


def forget(*ids: str) -> None:
    """Let go of files that are not needed any more, though their widget may still name them."""
    for files, visitor in _held():
        for each in ids:
            files.remove_file(visitor, each)
    _let_go()


def forget_all() -> None:
    """Let go of all files of the visitor, who has turned to another page: no widget has them."""
    for files, visitor in _held():
        files.remove_session_files(visitor)
    _let_go()


def full(sentence: object) -> None:
    """Say that there is no room."""
    st.error(str(sentence), icon=":material/inventory_2:")


def _let_go() -> None:
    """Files that Streamlit holds no more do not count."""
    for files, visitor in _held():
        held = list(files.file_storage.get(visitor, {}))
        session().allowance.only({f"{KIND}{each}" for each in held}, KIND)


def _held() -> Iterator[tuple[MemoryUploadedFileManager, str]]:
    """Where Streamlit holds uploads, and by what it knows this visitor."""
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        yield context.uploaded_file_mgr, context.session_id
