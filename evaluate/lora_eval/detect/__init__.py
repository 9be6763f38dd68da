"""Detectors of heads, faces and bodies: one protocol, one backend a file."""
