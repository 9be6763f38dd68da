"""A run, live or ended: a pure reader of its folder, so any number of screens may look at it."""

from lora_wizard.ui.monitor.gallery import SamplesScreen
from lora_wizard.ui.monitor.screen import MonitorScreen

__all__ = ["MonitorScreen", "SamplesScreen"]
