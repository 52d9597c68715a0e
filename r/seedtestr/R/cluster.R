# Segments of learners.

st_cluster <- function(data, features = NULL, id = NULL, k = NULL, method = NULL, max_k = NULL,
                       standardize = NULL, covariance = NULL, linkage = NULL, eps = NULL,
                       min_points = NULL, starts = NULL, max_iter = NULL, seed = NULL) {
  call <- match.call()
  rows <- learners_of(data, id, features)
  options <- list(
    opt_program("--id", "user_id"),
    opt("--features", "features", features, "list"),
    opt("--k", "k", k),
    opt("--method", "method", method),
    opt("--max-k", "max_k", max_k),
    opt_off("--no-standardize", "standardize", standardize),
    opt("--covariance", "covariance", covariance),
    opt("--linkage", "linkage", linkage),
    opt("--eps", "eps", eps),
    opt("--min-points", "min_points", min_points),
    opt("--starts", "starts", starts),
    opt("--max-iter", "max_iter", max_iter),
    opt("--seed", "seed", seed))
  answer <- ask(c("fit", "cluster"), "/cluster/fit", rows, options)
  fit <- as_fit(answer, "st_cluster", call, data = rows, title = paste("Segments:", answer$result$headline))
  fit$id <- id
  fit
}

# The rows with their ids as text under `user_id`: a column, or the names of the rows.
learners_of <- function(data, id, features) {
  data <- as.data.frame(data)
  ids <- if (is.null(id)) row.names(data) else id_text(columns_of(data, list(id = id))$id)
  kept <- if (is.null(features)) setdiff(names(data), id) else features
  rows <- columns_of(data, setNames(as.list(kept), kept))
  rows$user_id <- ids
  rows
}

predict.st_cluster <- function(object, newdata = NULL, ...) {
  if (is.null(newdata)) return(segments_of(object$result$clusters, object$data$user_id))
  rows <- learners_of(newdata, object$id, object$result$feature_names)
  from <- if (nzchar(object$via)) opt_service("run_id", object$result$run_id)
          else opt("--model", NULL, raw_json(object$json), "file")
  answer <- ask(c("predict", "cluster"), "/cluster/predict", rows, via = object$via,
                options = list(from, opt_program("--id", "user_id")))
  segments_of(answer$result$clusters, rows$user_id)
}

# Segments by id, in the order of the rows; NA where a row belongs nowhere.
segments_of <- function(clusters, ids) {
  setNames(number(clusters[ids]), ids)
}
