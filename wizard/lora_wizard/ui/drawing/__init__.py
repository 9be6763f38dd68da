"""Characters from numbers and pictures. Pure: nothing here knows of screens."""

from lora_wizard.ui.drawing.bar import render_bar
from lora_wizard.ui.drawing.chart import ChartLook, render_chart
from lora_wizard.ui.drawing.half_blocks import picture_grid, picture_rows, side_by_side

__all__ = [
    "ChartLook",
    "picture_grid",
    "picture_rows",
    "render_bar",
    "render_chart",
    "side_by_side",
]
