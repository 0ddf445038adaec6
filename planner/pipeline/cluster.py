"""The same line over a Dask cluster: street_towns and searches from blocks of sites are handed to its workers.

Tasks are pure and carry their seed, so an answer does not depend on which worker gives it, or how often: what a lost
worker had begun is done again by another. Workers need the same version of this program; a network reaches each of them
once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault
from geodata.messages import current_language, set_language, translator
from planner.errors import ConfigurationError
from planner.pipeline.keys import code_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from geodata.messages import Language

_ = translator("planner")

CONNECT_S = 20
"""How long a scheduler may take to answer, seconds."""

BLOCKS_PER_WORKER = 4
"""Parts a search is cut into for each thread of the cluster, so that a slow one does not hold up the rest."""

RETRIES = 3
"""How often a task that failed is tried again; one whose worker was lost is always done again."""


def _work(work: Callable[..., Any], language: Language, *given: Any) -> Any:
    """Do one task on a worker, with its texts in the language of whoever asked."""
    set_language(language)
    return work(*given)


class Cluster:
    """Workers of a Dask cluster.

    Parameters
    ----------
    client
        A connected ``distributed.Client``.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._shared: dict[int, tuple[Any, Any]] = {}

    @property
    def threads(self) -> int:
        """Threads of all workers together, at least 1."""
        return max(1, sum(int(n) for n in self._client.nthreads().values()))

    def map(self, work: Callable[..., Any], items: Sequence[Any]) -> Iterator[Any]:
        """Yield ``work(item)``, or ``work(*item)`` where items are tuples, for every item in order.

        Whatever is not asked for any more is cancelled.
        """
        calls = [item if isinstance(item, tuple) else (item,) for item in items]
        language = current_language()
        tasks = [
            self._client.submit(_work, work, language, *call, pure=False, retries=RETRIES)
            for call in calls
        ]
        try:
            for task in tasks:
                yield task.result()
                task.release()
        finally:
            self._client.cancel(tasks)

    def scatter(self, value: Any) -> Any:
        """Send a value to every worker and return what stands for it in `map`; they forget it with that."""
        return self._client.scatter(value, broadcast=True, hash=False)

    def share(self, value: Any) -> Any:
        """Send a value to every worker once, however often it is asked for; they keep it as long as the connection."""
        known = self._shared.get(id(value))
        if known is None:  # the value is kept, so that no other one gets its number
            known = (value, self.scatter(value))
            self._shared[id(value)] = known
        return known[1]


@contextmanager
def connected(address: str | None) -> Iterator[Cluster | None]:
    """Connect to a scheduler (``tcp://host:port``) and leave it running afterwards; without an address give None.

    Raises
    ------
    ConfigurationError
        Without the package ``distributed``, without an answer from the scheduler, without workers, or with workers that
        run another version of this program.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        fix = _("install it with: pip install 'union-service-planner[cluster]'")
        raise ConfigurationError(
            Fault(_("a cluster needs the package distributed"), address, fix=fix)
        ) from error
    try:
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT_S, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:
        fix = _(
            "start one with `dask scheduler` and `dask worker`, and give its address: tcp://host:port"
        )
        raise ConfigurationError(
            Fault(_("no scheduler answers: {error}").format(error=error), address, fix=fix)
        ) from error
    with client:
        _check_workers(client, address)
        yield Cluster(client)


def _check_workers(client: Any, address: str) -> None:
    versions = client.run(code_version)
    if not versions:
        fix = _("start workers with `dask worker {address}`").format(address=address)
        raise ConfigurationError(Fault(_("the cluster has no workers"), address, fix=fix))
    others = sorted(worker for worker, version in versions.items() if version != code_version())
    if others:
        fix = _("install the same version of Python, of this program and of its packages there")
        raise ConfigurationError(
            Fault(
                _("workers run another version than this machine"),
                address,
                len(others),
                others,
                fix,
            )
        )
