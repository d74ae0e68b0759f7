"""Print, as requirements, what pip would install beyond the distributions that are there already: REPORT HAVE."""

import json
import sys
from pathlib import Path

report, have = (Path(name).read_text("utf-8") for name in sys.argv[1:])
there = {line.partition("==")[0].lower().replace("_", "-") for line in have.splitlines()}
for entry in sorted(json.loads(report)["install"], key=lambda entry: entry["metadata"]["name"].lower()):
    name, version = entry["metadata"]["name"], entry["metadata"]["version"]
    if name.lower().replace("_", "-") not in there:
        print(f"{name}=={version}")
