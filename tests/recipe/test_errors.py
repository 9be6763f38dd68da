"""The errors that users read."""

import pickle

from lora_wizard.errors import LoraWizardError, NonFiniteLossError, Problem, TrainingError


def test_a_problem_reads_where_what_fix() -> None:
    assert str(Problem("a.toml", "no rank", "Add one.")) == "a.toml: no rank. Add one."
    assert str(Problem("", "no rank", "")) == "no rank"


def test_an_error_lists_its_problems_one_a_line() -> None:
    problems = (Problem("a", "b", "C."), Problem("d", "e", ""))
    error = LoraWizardError("two things:", where="file", problems=problems)
    assert str(error).splitlines() == ["file: two things:", "  - a: b. C.", "  - d: e"]


def test_an_error_crosses_from_one_process_to_another_whole() -> None:
    error = NonFiniteLossError(
        "loss", where="step 3", fix="Lower it.", problems=[Problem("", "x", "")]
    )
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, TrainingError)
    assert (str(copy), copy.problems) == (str(error), error.problems)
