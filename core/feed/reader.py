"""Temporary minimal reader (being replaced)."""

import csv
import io
from datetime import datetime

from core.model import ConfigurationId, SendConfiguration
from core.states import parse_state


def read_feed(source, *, name, zone, mapping=None):
    for d in csv.DictReader(io.StringIO(source.read().decode())):
        k = {}
        for c, v in d.items():
            if c.endswith("_at"):
                k[c] = datetime.fromisoformat(v) if v else None
            elif c.endswith("_records"):
                k[c] = int(v) if v else None
            else:
                k[c] = v
        k["raw_state"] = k["state"]
        k["state"] = parse_state(k["state"])
        k["id"] = ConfigurationId(k["id"])
        yield SendConfiguration(**k)
