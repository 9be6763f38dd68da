"""`lora-wizard demo`: the article's central comparison, small enough for a laptop.

A new character is drawn, two LoRAs of her are trained on her head alone, and the same prompts are
drawn without a LoRA and with each. One fails as the article saw, the other takes one of its cures.
"""
