"""The paperdoll detector: a small network that finds heads, faces and bodies in 64 px pictures.

Trained by `python -m lora_eval.detect.paperdoll.train` on drawings, whose boxes are known.
"""
