"""python -m nnrun: the command, deaf to modules that happen to lie in the current folder."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder: a foreign yaml.py there must never run

    from nnrun.cli import main

    main()
