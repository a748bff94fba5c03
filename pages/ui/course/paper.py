"""The lesson on paper, from the words of the stops: `python -m pages.ui.course.paper` writes
docs/lesson.md."""

from __future__ import annotations

from pathlib import Path

from pages.ui.course.stops import Stop
from pages.ui.course.way import Course
from pages.ui.predictions import among

PAPER = Path(__file__).parents[3] / "docs" / "lesson.md"
ON_THE_STRIP = {"Idea", "Predict", "Move", "To keep"}  # of the notes
HEAD = """# A lesson with Siamese Lab

For the teacher, to print. The same notes stand on the pages: begin the course in the sidebar and
switch on *Teacher's notes*. `python -m pages.ui.course.paper` writes this page.

Open the app some minutes before the class does: the first visitor of a server waits for the nets.
"""


def document() -> str:
    """All of docs/lesson.md."""
    return "\n".join([HEAD, *(sheet(minutes) for minutes in (45, 90))])


def sheet(minutes: int) -> str:
    """The notes for a course, in Markdown."""
    course, begin, parts = Course(minutes), 0, []
    for number, stop in enumerate(course.stops):
        until = begin + stop.minutes[minutes]
        title = f"{number}. {stop.title}" if number else f"Opening: {stop.title}"
        parts.append(f"### {title} (minutes {begin} to {until})\n\n{notes(stop)}\n")
        begin = until
    return f"## {minutes} minutes\n\n" + "\n".join(parts)


def notes(stop: Stop, below_strip: bool = False) -> str:
    """What a teacher wants to know at a stop, as a list in Markdown; below the strip, which says
    the rest itself, only what the class does not read."""
    lines = {"Idea": stop.idea, "Ask": stop.notes.ask, "They will say": stop.notes.expect}
    if stop.task:
        task = among([stop.task])[0]
        choices = ", ".join(f"“{choice}”" for choice in task.choices)
        lines["Predict"] = f"{task.question} ({choices})"
        lines["Answer"] = f"**{task.choices[task.answer]}**. {task.why}"
    lines["Move"] = stop.move
    lines["They should see"] = stop.notes.see
    lines["To keep"] = f"*{stop.keep}*"
    lines["If time is short"] = stop.notes.hurry
    left_out = ON_THE_STRIP if below_strip else set()
    return "\n".join(
        f"- **{name}**: {words}" for name, words in lines.items() if name not in left_out
    )


if __name__ == "__main__":
    PAPER.write_text(document(), "utf-8")
