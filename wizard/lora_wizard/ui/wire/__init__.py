"""Between Textual and the terminal: only what changed is sent, and nothing that steers.

`gate` cleans each line that a widget draws. `shown` knows what the terminal shows and gives the
bytes that change it into what it should show; `pacing` decides how much may be under way on the
line. `app` puts them to work in a Textual app.
"""

from lora_wizard.ui.wire.app import WiredApp
from lora_wizard.ui.wire.gate import TextGate

__all__ = ["TextGate", "WiredApp"]
