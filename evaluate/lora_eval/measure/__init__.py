"""What is measured from pixels alone: noise, colours, edges from border to border, empty ground."""

from lora_eval.measure.facts import measure_pixels

__all__ = ["measure_pixels"]
