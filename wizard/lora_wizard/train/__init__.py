"""The trainer: started as its own process on a run folder, `python -m lora_wizard.train RUN`.

Reads the recipe, tells what it does by the event log alone, and leaves the LoRA file. Nothing of
the screen is imported here, and nothing here is imported by the screen.
"""
