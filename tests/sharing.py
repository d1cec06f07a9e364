"""How several workers share the tests: in their order, some neighbours of a file at a time.

What a file's tests have in common (a loaded conference, say) is then made once or twice, and no worker is left with a
long file at the end. xdist's own ``--dist=loadgroup`` does nothing since pytest gives node ids that can't be changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from xdist.scheduler import LoadScopeScheduling

NEIGHBOURS = 6


class NeighboursTogether(LoadScopeScheduling):
    _pieces: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._pieces is None:
            assert self.collection is not None, "workers have collected when tests are shared out"
            self._pieces = pieces_of(self.collection)
        return self._pieces[nodeid]


def pieces_of(nodeids: Sequence[str]) -> dict[str, str]:
    """The piece of each test: neighbours of one file, however often the order comes back to that file."""
    pieces: dict[str, str] = {}
    for run, (file, tests) in enumerate(groupby(nodeids, key=lambda nodeid: nodeid.split("::")[0])):
        for place, nodeid in enumerate(tests):
            pieces[nodeid] = f"{file} {run}.{place // NEIGHBOURS}"
    return pieces
