# Growth over weeks, sampled, and the probability to reach a goal.

st_growth <- function(formula, data, family = NULL, target = NULL, horizon_weeks = NULL, n = NULL,
                      se = NULL, priors = NULL, chains = NULL, warmup = NULL, samples = NULL,
                      target_accept = NULL, seed = NULL, credible_interval = NULL, strict = FALSE,
                      max_seconds = NULL, keep_model = FALSE) {
  call <- match.call()
  rows <- formula_columns(formula, data)
  if (!is.null(n)) rows$n <- columns_of(data, list(n = n))$n
  if (!is.null(se)) rows$se <- columns_of(data, list(se = se))$se
  student <- random_names(formula)
  for (name in student) rows[[name]] <- id_text(rows[[name]])
  options <- list(
    opt("--formula", "formula", formula_text(formula)),
    opt("--family", "family", family),
    opt("--target", "target_score", target),
    opt("--horizon-weeks", "horizon_weeks", horizon_weeks),
    opt("--priors", "priors", priors, "json"),
    opt("--chains", "n_chains", chains),
    opt("--warmup", "n_warmup", warmup),
    opt("--samples", "n_samples", samples),
    opt("--target-accept", "target_accept", target_accept),
    opt("--seed", "seed", seed),
    opt("--credible-interval", "credible_interval", credible_interval),
    opt("--strict", "strict", strict),
    opt("--max-seconds", "max_seconds", max_seconds),
    opt("--keep-model", "keep_model", keep_model))
  answer <- ask(c("fit", "growth"), "/growth/fit", rows, options)
  fit <- as_fit(answer, "st_growth", call, data = rows, formula = as.formula(formula_text(formula)),
                title = paste0("Growth of ", answer$result$n_students, " students, family ", answer$result$family))
  fit$student <- student
  fit
}

# The names behind the bars of a formula.
random_names <- function(formula) {
  grouping <- function(term) {
    if (!is.call(term)) return(NULL)
    if (as.character(term[[1]])[1] %in% c("|", "||")) return(all.vars(term[[3]]))
    unlist(lapply(as.list(term)[-1], grouping))
  }
  unique(grouping(as.formula(formula_text(formula))))
}

predict.st_growth <- function(object, newdata = NULL, target = NULL, horizon_weeks = NULL, ...) {
  if (is.null(newdata) && is.null(target) && is.null(horizon_weeks)) {
    return(students_of(object$result$predictions))
  }
  rows <- formula_columns(object$formula, if (is.null(newdata)) object$data else newdata)
  for (name in object$student) rows[[name]] <- id_text(rows[[name]])
  from <- if (nzchar(object$via)) opt_service("run_id", object$result$run_id)
          else opt("--model", NULL, raw_json(object$json), "file")
  answer <- ask(c("predict", "growth"), "/growth/predict", rows, via = object$via, options = list(
    from, opt("--target", "target_score", target), opt("--horizon-weeks", "horizon_weeks", horizon_weeks)))
  students_of(answer$result$predictions)
}

# Predictions by student as a data frame, in the order of the answer.
students_of <- function(predictions) {
  fields <- c("probability", "uncertainty", "lower", "upper", "mean_score", "sd_score")
  columns <- lapply(setNames(fields, fields), function(f) number(lapply(predictions, `[[`, f)))
  data.frame(student = names(predictions), columns, stringsAsFactors = FALSE)
}
