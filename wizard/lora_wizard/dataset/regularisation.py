"""How many times an epoch sees each regularisation picture.

Follows `DreamBoothDataset` of kohya-ss/sd-scripts. Pure: it sees numbers, not pictures.
"""

from __future__ import annotations

from collections.abc import Sequence


def even_out(repeats: Sequence[int], training_count: int) -> tuple[int, ...]:
    """Repeats for each regularisation picture so that their sum meets the training pictures.

    The pictures are taken in order, each as often as its folder says, until `training_count` is
    reached: those behind that point get 0 and are never used. If all of them are not enough,
    each gets one repeat more in turn until the sum is equal. The last picture taken keeps its
    repeats whole, so the sum may exceed `training_count` by less than those.

    Args:
        repeats: Repeats of each picture by its folder's name, at least 1, in dataset order.
        training_count: Training pictures of an epoch, repeats counted.
    """
    if not repeats:
        return ()
    taken: list[int] = []
    total = 0
    for times in repeats:
        taken.append(times if total < training_count else 0)
        total += taken[-1]
    rounds, rest = divmod(max(0, training_count - total), len(repeats))
    return tuple(times + rounds + (index < rest) for index, times in enumerate(taken))
