"""What was not judged is said by its reason."""

from dataclasses import replace

import pytest

from lora_eval.report.summarising import summarise
from tests.evaluate.report.making import folder, never


@pytest.mark.parametrize(
    ("clip", "training", "named", "said"),
    [
        ("", "", True, "no CLIP model was used"),
        ("paperdoll", "", True, "the training pictures were not given"),
        ("paperdoll", "/gone", True, "could not be measured"),
        ("paperdoll", "/gone", False, "no prompt names the character"),
    ],
)
def test_why_likeness_was_not_measured(clip: str, training: str, named: bool, said: str) -> None:
    made = folder({"a": never, "b": never})
    character = made.manifest.character.model_copy(update={"training_images": training})
    rows = tuple(
        replace(row, picture=row.picture.model_copy(update={"names_character": named}))
        for row in made.rows
    )
    made = replace(
        made,
        manifest=made.manifest.model_copy(update={"character": character}),
        judged_with=replace(made.judged_with, clip=clip),
        rows=rows,
    )
    assert said in summarise([made]).not_judged[0]


def test_measured_likeness_is_no_line_and_one_that_lacks_it_is_named() -> None:
    likeness = {"a": 0.4, "b": 0.5, "base": 0.1}
    whole = summarise([folder({"a": never, "b": never}, likeness=likeness)])
    assert whole.not_judged == ()
    del likeness["b"]
    part = summarise([folder({"a": never, "b": never}, likeness=likeness)])
    assert part.not_judged == ("Likeness of b: not measured in any picture.",)


def test_the_notes_of_judging_are_warnings() -> None:
    made = replace(folder({"a": never}), notes=("The training pictures have moved.",))
    assert "The training pictures have moved." in summarise([made]).warnings
