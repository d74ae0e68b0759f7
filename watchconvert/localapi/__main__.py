"""`python -m watchconvert.localapi`."""

import sys

from watchconvert.localapi.program import main

sys.exit(main())
