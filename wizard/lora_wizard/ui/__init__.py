"""The screens. Each shows a state of `flow` or a run folder; none decides anything of its own.

One folder for each part: `home` where one begins, `wizard` for the questions, `monitor` for runs,
`dialogs` for what any screen may ask. `drawing` makes characters from numbers and pictures, and
knows nothing of screens.
"""
