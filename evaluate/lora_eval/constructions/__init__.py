"""Pictures with known truth, drawn for calibrating: every failure, clean ones, and hard cases.

They are made by number from a seed and never stored. Drawn failures are easier than generated
ones: what comes out here is an upper bound, reported apart.
"""

from lora_eval.constructions.cases import CASES, Constructed, construct

__all__ = ["CASES", "Constructed", "construct"]
