"""Every 'predict, then look' task: the answer that it states is what the code gives."""

import pytest

from siamese.lessons import TASKS, Task

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_stated_answer_comes_true(task: Task, seed: int) -> None:
    outcome, figures = task.experiment(seed)
    assert outcome == task.answer, figures
    assert figures.endswith(".")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_can_be_asked(task: Task) -> None:
    assert len(set(task.choices)) == len(task.choices) >= 2
    assert 0 <= task.answer < len(task.choices)
    assert task.question.endswith("?")
    assert task.why.endswith(".")


def test_names_are_used_once() -> None:
    assert len({task.name for task in TASKS}) == len(TASKS)
