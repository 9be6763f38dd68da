"""Judged folders made by hand, with failures counted beforehand."""

from collections.abc import Callable, Sequence

from lora_eval.detect import Box
from lora_eval.judged import JudgedFolder, JudgedPicture, JudgedWith
from lora_eval.judgement import Judgement, MarkedBox, Outcome
from lora_eval.judges import JUDGES
from lora_eval.pictures import BASE, CharacterFacts, Contender, Manifest, Picture

PROMPTS = [f"prompt-{number}" for number in range(8)]
SEEDS = range(1, 9)
Fails = Callable[[int, int], Outcome]
"""Prompt and seed by number to an outcome."""


def never(prompt: int, seed: int) -> Outcome:
    return "no"


def first_seeds(count: int) -> Fails:
    """Fails for the first `count` seeds of every prompt."""
    return lambda prompt, seed: "yes" if seed < count else "no"


def picture(contender: str, prompt: int, seed: int, strength: float) -> Picture:
    name = f"{PROMPTS[prompt]}-s{strength:g}-seed{SEEDS[seed]}.png"
    return Picture(
        file=f"pictures/{contender}/{name}",
        contender=contender,
        prompt_id=PROMPTS[prompt],
        prompt=f"mira, {PROMPTS[prompt]}",
        seed=SEEDS[seed],
        strength=strength,
    )


def row(
    shown: Picture, outcome: Outcome, likeness: float | None, judge: str = "floating_head"
) -> JudgedPicture:
    scores = {"yes": 0.9, "no": 0.1, "unknown": None}
    judgements = tuple(
        Judgement(
            name,
            outcome if name == judge else "no",
            scores[outcome] if name == judge else 0.1,
            "made by hand",
            boxes=(MarkedBox("head", Box(0.1, 0.1, 0.5, 0.5)),) if name == judge else (),
        )
        for name in JUDGES
    )
    return JudgedPicture(shown, "0" * 64, judgements, likeness=likeness)


def folder(
    loras: dict[str, Fails],
    *,
    likeness: dict[str, float] | None = None,
    strengths: Sequence[float] = (1.0,),
    fails_at: Callable[[str, float], Fails] | None = None,
    likeness_at: Callable[[str, float], float] | None = None,
    contenders: dict[str, Contender] | None = None,
    suite: str = "made",
    name: str = "out",
) -> JudgedFolder:
    """A folder with the base (which never fails) and LoRAs by the way they fail."""
    likeness, contenders = likeness or {}, contenders or {}
    rows = []
    for who in (BASE, *loras):
        for strength in (0.0,) if who == BASE else strengths:
            fails = never if who == BASE else loras[who]
            like = likeness.get(who)
            if who != BASE and fails_at and likeness_at:
                fails, like = fails_at(who, strength), likeness_at(who, strength)
            for prompt in range(len(PROMPTS)):
                for seed in range(len(SEEDS)):
                    shown = picture(who, prompt, seed, strength)
                    near = None if like is None else like + 0.002 * ((prompt * 3 + seed) % 5 - 2)
                    rows.append(row(shown, fails(prompt, seed), near))
    members = [Contender(id=BASE, label="no LoRA (base)")]
    for who in loras:
        plain = Contender(id=who, label=who, path=f"{who}.safetensors", sha256=who, series=who)
        members.append(contenders.get(who, plain))
    manifest = Manifest(
        suite=suite,
        suite_sha256=suite,
        base="paperdoll",
        steps=20,
        guidance=5.0,
        character=CharacterFacts(trigger="mira"),
        contenders=tuple(members),
        pictures=tuple(each.picture for each in rows),
    )
    return JudgedFolder(name, manifest, JudgedWith("paperdoll", "1"), tuple(rows))
