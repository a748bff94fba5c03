"""A run, to be taken home: a program of its own, a notebook, or a net that other tools run."""

from siamese.export.forms import FORMS, Form, export

__all__ = ["FORMS", "Form", "export"]
