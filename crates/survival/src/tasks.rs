//! Work on several threads, where there is enough of it: handing one small task to another thread and
//! waiting for it takes longer than many a step of a fit, and longer still while others use the threads.

use rayon::prelude::*;

/// Values that are work enough for a task.
const VALUES_PER_TASK: usize = 1 << 14;

/// `f` of every task, in order; a single one is done here.
pub(crate) fn map_tasks<T: Send, R: Send>(
    tasks: impl IntoIterator<Item = T>,
    f: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    let tasks: Vec<T> = tasks.into_iter().collect();
    if tasks.len() < 2 {
        return tasks.into_iter().map(f).collect();
    }
    tasks.into_par_iter().map(f).collect()
}

/// `f` of every one of the columns of `n_rows` values, in order; few short ones are done here.
pub(crate) fn map_columns<T: Send, R: Send>(
    columns: impl IntoIterator<Item = T>,
    n_rows: usize,
    f: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    let columns: Vec<T> = columns.into_iter().collect();
    let per_task = VALUES_PER_TASK.div_ceil(n_rows.max(1));
    if columns.len() <= per_task {
        return columns.into_iter().map(f).collect();
    }
    columns.into_par_iter().with_min_len(per_task).map(f).collect()
}
