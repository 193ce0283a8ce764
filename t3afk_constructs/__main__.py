"""The command `t3afk`, started as `python -m t3afk_constructs`."""

import sys

from t3afk_constructs.cli import main

sys.exit(main())
