"""How long things are kept: its place in the order of imports; nothing is built yet."""
