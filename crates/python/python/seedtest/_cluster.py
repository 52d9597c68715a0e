"""Segments: how many there are, how sure, and who belongs where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _frames, _native
from ._fit import Result, options, table_lines
from ._progress import ProgressChoice, told

__all__ = ["Clustering", "cluster"]


class Clustering(Result):
    """Clusters of the rows of a data frame."""

    _id: str | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return int(self.result["k"])

    @property
    def assignments(self) -> Any:
        """A row a student: ``user_id`` and ``cluster``, counted from 1; 0 is noise of a density method."""
        return self._records(_rows(self.result["clusters"]), ["user_id", "cluster"])

    @property
    def centers(self) -> Any:
        """A row a cluster with the means of its features."""
        rows = [{"cluster": at + 1, **center} for at, center in enumerate(self.result["centers"])]
        return self._records(rows, ["cluster", *self.result["feature_names"]])

    @property
    def selection(self) -> Any:
        """How each number of clusters did."""
        rows = self.result["selection"]
        return self._records(rows, list(rows[0]) if rows else ["k"])

    @property
    def cards(self) -> list[dict[str, Any]]:
        """Each cluster with what sets it apart."""
        return list(self.result["cards"])

    def predict(self, data: Any, *, id: str | None = None, threads: int | None = None) -> Any:
        """The clusters of the rows of a data frame."""
        found = Result()
        answer = _native.predict_cluster(self.to_json(), _frames.arrow(data), id or self._id, threads)
        found._take(answer, data)
        return _frames.records(_rows(found.result["clusters"]), ["user_id", "cluster"], _frames.library_of(data))

    def plot(self, ax: Any = None) -> Any:
        """Draws the centres of the clusters, in standard deviations from the mean of all."""
        from . import _plot

        return _plot.clusters(self.result, ax)

    def _body(self) -> list[str]:
        told_of = self.result
        cards = [{name: card.get(name) for name in ("cluster", "label", "size", "share")} for card in told_of["cards"]]
        return [
            told_of["headline"],
            f"{told_of['n_obs']} rows by {', '.join(told_of['feature_names'])} ({told_of['method']})",
            "",
            *table_lines(cards, ["cluster", "label", "size", "share"]),
        ]


def _rows(clusters: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"user_id": user, "cluster": of} for user, of in clusters.items()]


def cluster(
    data: Any,
    *,
    method: str = "kmeans",
    k: int | str = "auto",
    max_k: int | None = None,
    features: Sequence[str] | str | None = None,
    id: str | None = None,
    standardize: bool = True,
    covariance: str | None = None,
    linkage: str | None = None,
    eps: float | None = None,
    min_points: int | None = None,
    min_cluster_size: int | None = None,
    starts: int | None = None,
    max_iter: int | None = None,
    seed: int | None = None,
    max_seconds: float | None = None,
    progress: ProgressChoice = None,
    threads: int | None = None,
) -> Clustering:
    """Clusters the rows of a data frame, one a student.

    ``method``: ``kmeans``, ``gaussian_mixture``, ``hierarchical``, ``dbscan`` or ``hdbscan``. ``k``: how many, or
    ``auto``: chosen by the data, which may have none. ``features``: columns; without them every column of numbers that
    measures something. ``id``: the column of the student; without one a named index of pandas names the students.
    """
    index = _frames.index_names(data)
    if id is None and len(index) == 1:
        id = index[0]
    asked = options(
        method=method,
        k=str(k),
        max_k=max_k,
        features=[features] if isinstance(features, str) else features,
        standardize=standardize,
        covariance=covariance,
        linkage=linkage,
        eps=eps,
        min_points=min_points,
        min_cluster_size=min_cluster_size,
        starts=starts,
        max_iter=max_iter,
        seed=seed,
        max_seconds=max_seconds,
    )
    found = Clustering()
    found._id = id
    frame = _frames.arrow(data, index=id in index)
    found._take(_native.fit_cluster(frame, asked, id, told(progress), threads), data)
    return found
