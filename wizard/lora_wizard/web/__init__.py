"""The app in a browser on this machine, for the person who started it and for nobody else.

textual-serve runs the app and draws its terminal in the page; it has no access control, so the
server around it is this project's own: see `access` for who is let in.
"""

from lora_wizard.web.serving import serve

__all__ = ["serve"]
