"""`python -m baken` is the `baken` command, for where the script is not on the PATH."""

import sys

from baken.cli import main

sys.exit(main())
