"""The two ends of a slow line: a relay that slows down, and a terminal that times its answers."""
