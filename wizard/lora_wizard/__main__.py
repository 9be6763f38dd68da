"""`python -m lora_wizard` is the same as the command `lora-wizard`."""

from lora_wizard.cli import main

if __name__ == "__main__":
    main()
