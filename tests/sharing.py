"""How several workers share the tests: in their order, some neighbours of a file at a time.

What a file's tests have in common (a loaded conference, say) is then made once or twice, and no worker is left with a
long file at the end. xdist's own ``--dist=loadgroup`` does nothing since pytest gives node ids that can't be changed.

One worker begins at the end of the order, where the tests with a browser stand: they wait a good deal of their time,
and the others have something to do meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

NEIGHBOURS = 6
JOURNEYS = "tests/journeys/"
"""Long tests that have nothing in common but the browser are given out one by one."""


class NeighboursTogether(LoadScopeScheduling):
    _pieces: dict[str, str] | None = None
    _from_the_end: WorkerController | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._pieces is None:
            assert self.collection is not None, "workers have collected when tests are shared out"
            self._pieces = pieces_of(self.collection)
        return self._pieces[nodeid]

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self._from_the_end is None and self.numnodes > 1:
            self._from_the_end = node
        if node is self._from_the_end:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        """As late as can be: whoever holds the last long tests would have to run them alone."""
        if not self.workqueue or self._pending_of(self.assigned_work[node]) <= 1:
            super()._reschedule(node)


def pieces_of(nodeids: Sequence[str]) -> dict[str, str]:
    """The piece of each test: neighbours of one file, however often the order comes back to that file."""
    pieces: dict[str, str] = {}
    for run, (file, tests) in enumerate(groupby(nodeids, key=lambda nodeid: nodeid.split("::")[0])):
        for place, nodeid in enumerate(tests):
            together = 1 if file.startswith(JOURNEYS) else NEIGHBOURS
            pieces[nodeid] = f"{file} {run}.{place // together}"
    return pieces
