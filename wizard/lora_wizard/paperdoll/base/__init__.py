"""The tiny Stable-Diffusion-architecture base model, and how it is trained from drawings alone."""
