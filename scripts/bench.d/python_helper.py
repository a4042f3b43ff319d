"""A credential helper as people write them in Python; it answers with $BBT_TOKEN_ACME.

With `--botocore` it first imports what git-remote-codecommit imports before it does anything.
"""

import os
import sys

if "--botocore" in sys.argv:
    import botocore.session  # noqa: F401

if sys.argv[-1] == "get":
    sys.stdin.read()
    print("username=x-token-auth")
    print(f"password={os.environ['BBT_TOKEN_ACME']}")
