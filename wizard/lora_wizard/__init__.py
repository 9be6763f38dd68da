"""LoRA Wizard: train character LoRAs for Stable Diffusion, from one command.

Importing this package loads nothing heavy; each subpackage says what it needs.
"""

__version__ = "0.1.0"
