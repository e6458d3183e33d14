"""What keeps a hotline from starting, each as one sentence for the person at the terminal."""


class StartError(Exception):
    """The hotline cannot start here; nothing was changed."""
