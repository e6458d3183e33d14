"""Handing items to police: its place in the order of imports; nothing is built yet."""
