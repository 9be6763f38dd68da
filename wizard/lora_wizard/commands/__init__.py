"""The commands of `lora-wizard`, one group a file, loaded when they are called.

Each file has an object `command`. A file here may import torch only inside the function that
needs it, so that help and errors come at once.
"""
