"""A credential helper as people write them in Python; it answers with $ACME_TOKEN.

With `--botocore` it first imports what git-remote-codecommit imports before it does anything, once
for an operation as that does.
"""

import os
import sys

if sys.argv[-1] == "get":
    if "--botocore" in sys.argv:
        import botocore.session  # noqa: F401
    sys.stdin.read()
    print("username=x-token-auth")
    print(f"password={os.environ['ACME_TOKEN']}")
