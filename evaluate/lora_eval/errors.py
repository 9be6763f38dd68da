"""Errors of the evaluator that are the user's to mend; they join the wizard's tree.

LoraWizardError
├── SuiteError        a prompt suite
├── PicturesError     a folder of pictures, its manifest or its judgements
├── DetectorError     a detector or one of its weight files
├── LabelError        a file of labels
└── GateError         a gate such as `floating_head<=0.05`
"""

from lora_wizard.errors import LoraWizardError, Problem

__all__ = [
    "DetectorError",
    "GateError",
    "LabelError",
    "LoraWizardError",
    "PicturesError",
    "Problem",
    "SuiteError",
]


class SuiteError(LoraWizardError):
    """A prompt suite is unknown, or its file is not as it should be."""


class PicturesError(LoraWizardError):
    """A folder of pictures cannot be made, read or compared."""


class DetectorError(LoraWizardError):
    """A detector cannot be used: its package, weights or self-test fail."""


class LabelError(LoraWizardError):
    """A file of labels is not as it should be."""


class GateError(LoraWizardError):
    """A gate names what is not judged, or is not written as one."""
