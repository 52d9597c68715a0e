"""The extension module: data frames in, the JSON of the command line out."""

from collections.abc import Callable, Sequence
from typing import Any, Optional, final

__all__ = [
    "Answer",
    "ChunkFit",
    "ChunkPass",
    "ChurnFit",
    "__version__",
    "chunk_abilities",
    "chunk_calibrate",
    "chunk_check",
    "chunk_churn",
    "chunk_count",
    "chunk_describe",
    "chunk_features",
    "chunk_kpis",
    "chunk_merge_summaries",
    "chunk_merge_sums",
    "chunk_pack",
    "chunk_segments",
    "chunk_summary",
    "chunk_weeks",
    "churn_covariates",
    "fit_churn",
    "fit_cluster",
    "fit_growth",
    "fit_irt",
    "fit_irt_matrix",
    "fit_mixed",
    "fit_prophet",
    "fit_survival",
    "link_irt",
    "predict_cluster",
    "predict_growth",
    "predict_mixed",
    "predict_prophet",
    "predict_survival",
    "score_irt",
    "segment_features",
    "survival_curves",
]
__version__: str

_Progress = Optional[Callable[[int, int, float, float | None], object]]

@final
class Answer:
    def __new__(cls, json: str, is_fit: bool, problem: str | None, notes: Sequence[str]) -> Answer: ...
    def __getnewargs__(self) -> tuple[str, bool, str | None, list[str]]: ...
    @property
    def json(self) -> str: ...
    @property
    def is_fit(self) -> bool: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def notes(self) -> list[str]: ...

def fit_irt(
    frame: Any, reading: str, options: str, progress: _Progress = None, threads: int | None = None
) -> Answer: ...
def fit_irt_matrix(
    cells: bytes,
    students: list[str],
    items: list[str],
    options: str,
    progress: _Progress = None,
    threads: int | None = None,
) -> Answer: ...
def score_irt(params: str, frame: Any, reading: str, options: str, threads: int | None = None) -> Answer: ...
def link_irt(new: str, old: str, method: str, drift: bool = True) -> Answer: ...
def fit_survival(
    frame: Any,
    options: str,
    id: str | None = None,
    progress: _Progress = None,
    threads: int | None = None,
) -> Answer: ...
def predict_survival(fit: str, frame: Any, options: str, threads: int | None = None) -> Answer: ...
def survival_curves(frame: Any, options: str, threads: int | None = None) -> Answer: ...
def fit_mixed(
    frame: Any,
    options: str,
    is_linear: bool,
    newdata: Any = None,
    progress: _Progress = None,
    threads: int | None = None,
) -> Answer: ...
def predict_mixed(
    fit: str,
    frame: Any,
    with_random: bool = True,
    scale: str = "response",
    threads: int | None = None,
) -> Answer: ...
def fit_growth(frame: Any, options: str, progress: _Progress = None, threads: int | None = None) -> Answer: ...
def predict_growth(options: str, fit: str | None = None, frame: Any = None, threads: int | None = None) -> Answer: ...
def fit_prophet(
    frame: Any,
    options: str,
    time: str | None = None,
    value: str | None = None,
    future: Any = None,
    progress: _Progress = None,
    threads: int | None = None,
) -> Answer: ...
def predict_prophet(fit: str, options: str, future: Any = None, threads: int | None = None) -> Answer: ...
def fit_cluster(
    frame: Any,
    options: str,
    id: str | None = None,
    progress: _Progress = None,
    threads: int | None = None,
) -> Answer: ...
def predict_cluster(fit: str, frame: Any, id: str | None = None, threads: int | None = None) -> Answer: ...

# chunks
@final
class ChunkPass:
    def __new__(cls, plan: str, call: bytes, most_kept: int) -> ChunkPass: ...
    def add(self, chunk: bytes) -> None: ...
    def sums(self) -> Optional[bytes]: ...

@final
class ChunkFit:
    @property
    def answer(self) -> Answer: ...
    @property
    def plan(self) -> str: ...
    @property
    def abilities(self) -> bytes: ...

def chunk_count(n_students: int) -> int: ...
def chunk_pack(rows: Any, options: str) -> bytes: ...
def chunk_summary(chunk: bytes) -> bytes: ...
def chunk_merge_summaries(summaries: list[bytes]) -> bytes: ...
def chunk_describe(summary: bytes) -> str: ...
def chunk_merge_sums(sums: list[bytes]) -> bytes: ...
def chunk_check(options: str) -> None: ...
def chunk_calibrate(
    summary: bytes,
    options: str,
    run: Callable[[str, bytes, str], bytes],
    run_id: Optional[str] = None,
    progress: _Progress = None,
    threads: Optional[int] = None,
) -> ChunkFit: ...
def chunk_abilities(
    chunk: bytes, plan: str, call: bytes
) -> tuple[
    list[str], list[Optional[str]], list[Optional[float]], list[Optional[float]], list[int], list[Optional[str]]
]: ...
def chunk_kpis(rows: Any, options: str) -> tuple[list[str], list[str], list[str]]: ...
def chunk_features(
    rows: Any, options: str
) -> list[tuple[str, str, str, int, int, Optional[int], Optional[int], int, Optional[float], int]]: ...
def chunk_weeks(rows: Any, time_zone: str) -> tuple[list[str], list[str], list[float], list[int]]: ...
def chunk_churn(
    rows: Any, options: str
) -> tuple[
    list[str],
    list[Optional[str]],
    list[Optional[int]],
    list[Optional[bool]],
    list[list[Optional[float]]],
]: ...
def churn_covariates() -> list[str]: ...
def chunk_segments(rows: Any, options: str) -> tuple[list[str], list[list[Optional[float]]]]: ...
def segment_features() -> list[str]: ...
@final
class ChurnFit:
    @property
    def answer(self) -> Answer: ...
    @property
    def n_landmarks(self) -> int: ...
    @property
    def n_students(self) -> int: ...
    @property
    def left_out(self) -> list[str]: ...
    @property
    def risks(
        self,
    ) -> tuple[list[str], list[float], list[Optional[float]], list[float], list[int], list[str]]: ...

def fit_churn(
    rows: Any,
    options: str,
    run_id: Optional[str] = None,
    progress: _Progress = None,
    threads: Optional[int] = None,
) -> ChurnFit: ...
