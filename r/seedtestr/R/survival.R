# Time to an event.

st_survival <- function(formula = NULL, data, time = NULL, event = NULL, entry = NULL,
                        covariates = NULL, family = NULL, ties = NULL, strata = NULL, cluster = NULL,
                        id = NULL, weights = NULL, offset = NULL, ridge = NULL, alpha = NULL,
                        lambda = NULL, period = NULL, horizon = NULL, seed = NULL, quality = NULL,
                        residuals = FALSE) {
  call <- match.call()
  if (is.null(formula)) formula <- survival_formula(time, event, entry, covariates)
  rows <- formula_columns(formula, data, c(strata, cluster, weights, offset))
  if (!is.null(id)) rows$user_id <- id_text(columns_of(data, list(id = id))$id)
  warn_of_order(rows, fixed_names(formula))
  options <- list(
    opt("--formula", "formula", formula_text(formula)),
    opt("--family", "family", family),
    opt("--ties", "ties", ties),
    opt("--strata", "strata", strata),
    opt("--cluster", "cluster", cluster),
    opt_program("--id", if (!is.null(id)) "user_id"),
    opt("--weights", "weights", weights),
    opt("--offset", "offset", offset),
    opt("--ridge", NULL, ridge),
    opt("--alpha", NULL, alpha),
    opt("--lambda", NULL, lambda),
    opt("--period", "period_days", period),
    opt("--horizon", "horizon_days", horizon),
    opt("--seed", "seed", seed),
    opt_off("--no-quality", "quality", quality),
    opt("--residuals", "residuals", residuals),
    opt_service("keep_model", TRUE))
  answer <- ask(c("fit", "survival"), "/survival/fit", rows, options)
  title <- paste0("Survival, ", answer$result$model, ": ", answer$result$n_obs, " rows, ",
                  answer$result$n_events, " events")
  fit <- as_fit(answer, "st_survival", call, data = rows, formula = as.formula(formula_text(formula)), title = title)
  fit[c("id", "strata", "offset")] <- list(id, strata, offset)
  fit
}

survival_formula <- function(time, event, entry, covariates) {
  if (is.null(time) || is.null(event) || !length(covariates)) {
    st_stop("seedtest_usage", "neither a formula nor columns say what is fitted",
            hint = "give Surv(time, event) ~ a + b, or time, event and covariates")
  }
  name <- function(x) vapply(x, function(n) deparse(as.name(n), backtick = TRUE), "")
  paste0("Surv(", paste(name(c(entry, time, event)), collapse = ", "), ") ~ ",
         paste(name(covariates), collapse = " + "))
}

predict.st_survival <- function(object, newdata = NULL, times = NULL, horizon = NULL, ...) {
  rows <- if (is.null(newdata)) object$data else as.data.frame(newdata)
  ids <- if (is.null(newdata)) rows$user_id else if (!is.null(object$id)) rows[[object$id]]
  # Without ids the answer counts the rows, so that curves of one student's rows stay apart.
  answer <- ask(c("predict", "survival"), "/survival/predict", covariates_of(object, rows),
                field = "newdata", via = object$via, options = list(
    if (nzchar(object$via)) opt_service("run_id", object$result$run_id)
    else opt("--model", NULL, raw_json(object$json), "file"),
    opt("--times", "time_points", times, "list"), opt("--horizon", "horizon_days", horizon)))
  told <- answer$result$predictions
  out <- told[intersect(c("risk_score", "hazard_ratio", "rank_percentile"), names(told))]
  curves <- answer$result$survival_curves[as.character(told$user_id)]
  for (time in unique(unlist(lapply(curves, names)))) {
    out[[paste0("S_", time)]] <- number(lapply(curves, `[[`, time))
  }
  if (is.null(ids)) out else cbind(user_id = id_text(ids), out)
}

# The columns that a fit predicts from, and the time without event so far where there is one.
covariates_of <- function(object, rows) {
  formula <- object$formula
  wanted <- unique(c(all.vars(formula[[3]]), object$offset, object$strata))
  if ("gap_days" %in% names(rows)) wanted <- c(wanted, "gap_days")
  columns_of(rows, setNames(as.list(wanted), wanted))
}
