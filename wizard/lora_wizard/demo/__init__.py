"""`lora-wizard demo`: the article's central comparison, small enough for a laptop.

A new character is drawn, one LoRA of her is trained on cut-out heads and one on whole figures in
several outfits, and the same prompts are drawn without a LoRA and with each. The first fails as the
article saw, the second is one of its cures.
"""
