"""Detectors of heads, faces and bodies: one protocol, one backend a file."""

from lora_eval.detect.detector import Box, Detection, Detector, Part
from lora_eval.detect.registry import DETECTORS, DetectorInfo, open_detector

__all__ = ["DETECTORS", "Box", "Detection", "Detector", "DetectorInfo", "Part", "open_detector"]
