"""`python -m watchconvert`."""

import sys

from watchconvert.faces.cli import main

if __name__ == "__main__":
    sys.exit(main())
