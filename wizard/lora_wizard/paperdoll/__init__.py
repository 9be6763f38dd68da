"""Paperdoll: a small drawn world with its own tiny Stable-Diffusion-architecture base model.

It exists so that training, sampling and judging run for real on a laptop, with no model hub and
no picture that anybody else owns. It refuses to know about LoRAs: to the rest of the program it
is one more base checkpoint and one more folder of pictures.
"""
