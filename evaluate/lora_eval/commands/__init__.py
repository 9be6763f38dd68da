"""The commands of `lora-eval`, one a file; each is imported only when it is called."""
