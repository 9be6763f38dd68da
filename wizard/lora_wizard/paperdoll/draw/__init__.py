"""Drawing with numpy and Pillow alone: the same scene and seed always give the same picture."""

from lora_wizard.paperdoll.draw.picture import Box, Drawing, FigureTruth, draw

__all__ = ["Box", "Drawing", "FigureTruth", "draw"]
