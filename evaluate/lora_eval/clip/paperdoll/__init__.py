"""The tiny CLIP of the paperdoll world: open_clip's architecture, trained on drawings and tags.

`python -m lora_eval.clip.paperdoll.train --out FILE` trains it.
"""
