"""`python -m phone --port 8002 --hotline http://127.0.0.1:8000`: start the stand-in phone."""

import argparse
import os
import sys

from phone.server import PhoneServer
from phone.settings import MissingSettingError, from_environment


def main() -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m phone", description=__doc__)
    parser.add_argument("--port", type=int, default=8002)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--hotline", default="http://127.0.0.1:8000", metavar="URL")
    given = parser.parse_args()
    try:
        settings = from_environment(given.hotline, os.environ)
    except MissingSettingError as error:
        sys.stderr.write(f"phone: {error}\n")
        return 2
    PhoneServer(settings, host=given.host, port=given.port).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
