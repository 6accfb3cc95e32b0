#!/usr/bin/env bash
# Three libraries that normalize addresses, and what RFC 3986 (6.2.2, 6.2.3) says.
#
# Guess, written down first: rfc3986, which is named for the standard, drops a default port and decodes %7E, as 6.2.2.2
# and 6.2.3 have it; url-normalize and yarl keep apart what the standard keeps apart.
#
# Seen with rfc3986 2.0.0, url-normalize 3.1.0, yarl 1.25.1 (Python 3.11):
#   rfc3986 keeps both: https://a.example:443/%7Euser/b and https://a.example/~user/b stay two addresses.
#   url-normalize and yarl decode %2F in a query, where "/" and "%2F" are two values (2.2): ?u=a%2Fb becomes ?u=a/b.
#   url-normalize makes one path of /x//y and /x/y, which are two (3.3: a segment may be empty).
# So none of them may decide alone whether two citations name one document.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rfc3986==2.0.0 url-normalize==3.1.0 yarl==1.25.1
"$folder/venv/bin/python" - <<'PYTHON'
import rfc3986
import yarl
from url_normalize import url_normalize

seen = {
    "rfc3986: port and %7E": rfc3986.normalize_uri("HTTPS://A.example:443/%7Euser/./b"),
    "url-normalize: %2F": url_normalize("https://a.example/x?u=a%2Fb"),
    "yarl: %2F": str(yarl.URL("https://a.example/x?u=a%2Fb")),
    "url-normalize: empty segment": url_normalize("https://a.example/x//y"),
}
expected = {
    "rfc3986: port and %7E": "https://a.example:443/%7Euser/b",
    "url-normalize: %2F": "https://a.example/x?u=a/b",
    "yarl: %2F": "https://a.example/x?u=a/b",
    "url-normalize: empty segment": "https://a.example/x/y",
}
for name, value in seen.items():
    print(f"{name}: {value}")
raise SystemExit(seen != expected)
PYTHON
