#!/usr/bin/env python
"""Run a management command of the hotline: `.venv/bin/python manage.py help`."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from hotline.environment import EnvironmentVariableError, borrow_from_demonstration

WRONG_SETTING = 2


def main() -> int:
    """Run the command; a wrong setting is one sentence, wherever it is found."""
    # The library is used from the tree, as the partner sites get it, without installing it.
    sys.path.insert(0, str(Path(__file__).parent / "baken" / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotline.settings")
    try:
        if sys.argv[1:2] != ["run"]:  # which makes the demonstration
            borrow_from_demonstration()
        execute_from_command_line(sys.argv)
    except EnvironmentVariableError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_SETTING
    return 0


if __name__ == "__main__":
    sys.exit(main())
