"""A run, to be taken home: a program of its own, a notebook, or a net that other tools run."""

from siamese.export.forms import FORMS, Form, export, is_ours
from siamese.export.graph import ExportError

__all__ = ["FORMS", "ExportError", "Form", "export", "is_ours"]
