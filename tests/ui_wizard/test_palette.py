"""The command palette: each thing once, and every question."""

from __future__ import annotations

from .conftest import MakeApp
from .steps import asking, begin, settled

SIZE = (80, 24)


async def test_the_palette_names_each_thing_once_and_goes_to_any_question(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        home = [one.title for one in app.get_system_commands(app.screen)]
        assert len(home) == len(set(home))
        await begin(pilot)
        offered = list(app.get_system_commands(app.screen))
        titles = [one.title for one in offered]
        assert len(titles) == len(set(titles))
        trigger = next(one for one in offered if "Which word calls the character?" in one.title)
        trigger.callback()
        await settled(pilot)
        assert asking(pilot).flow.place == "data.trigger"
