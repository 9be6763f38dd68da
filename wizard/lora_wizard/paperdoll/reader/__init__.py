"""The attribute reader: a small network that says what a paperdoll picture shows."""

from lora_wizard.paperdoll.reader.reading import Reader, Reading, load_reader

__all__ = ["Reader", "Reading", "load_reader"]
