"""Making a suite's pictures with each LoRA and with the base alone."""
