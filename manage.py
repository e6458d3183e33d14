#!/usr/bin/env python
"""Run a management command of the hotline: `.venv/bin/python manage.py help`."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # The library is used from the tree, as the partner sites get it, without installing it.
    sys.path.insert(0, str(Path(__file__).parent / "baken" / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotline.settings")
    execute_from_command_line(sys.argv)
