"""temporary"""
import numpy as np
from dataclasses import dataclass
from data.importers.times import TimeReader, _aware, _epochs, _has_offset

@dataclass
class Reader:
    inner: TimeReader
    roles: object
    words: str = "tmp"
    ranges: bool = False

    @classmethod
    def find(cls, roles, cells, options, zone):
        r = cls(TimeReader(zone, options.day_first), roles)
        r.inner._format = r.inner._find_format(r._texts(cells))
        return r

    def _texts(self, cells):
        at = self.roles.time.at
        t = np.array([c.strip() for c in cells[at[0]]], dtype=object)
        if len(at) > 1:
            t = np.array([f"{a} {b.strip()[:5]}".strip() for a, b in zip(t, cells[at[1]])], dtype=object)
        return t

    def read(self, cells):
        texts = self._texts(cells)
        f = self.inner._format
        if f.startswith("epoch_"):
            w = _epochs(texts, f.removeprefix("epoch_"))
            return w.tz_localize(None).to_numpy().astype("datetime64[us]"), np.ones(len(texts), bool)
        if f == "aware":
            w = _aware(texts)
            return w.tz_localize(None).to_numpy().astype("datetime64[us]"), np.ones(len(texts), bool)
        off = _has_offset(texts)
        naive = self.inner._naive(np.where(off, "", texts)).to_numpy().astype("datetime64[us]")
        return naive, np.zeros(len(texts), bool)
