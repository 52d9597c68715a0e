# What every fit answers to. Estimates of all models come through `estimates()`.

# A row per estimated parameter: term, estimate, std.error, statistic, df, p.value, conf.low, conf.high.
estimates <- function(object) UseMethod("estimates")

estimates.default <- function(object) {
  st_stop("seedtest_no_such", paste("there are no coefficients of this:", object$title),
          hint = "`$result` has all of the answer")
}

estimate_rows <- function(term, estimate, se, statistic = estimate / se, df = NA_real_, p = NULL,
                          low = NA_real_, high = NA_real_) {
  if (is.null(p)) p <- 2 * stats::pnorm(-abs(statistic))
  data.frame(term = term, estimate = estimate, std.error = se, statistic = statistic, df = df,
             p.value = p, conf.low = low, conf.high = high, stringsAsFactors = FALSE)
}

estimates.st_mixed <- function(object) {
  told <- object$result$coefficients
  known <- function(name) if (is.null(told[[name]])) NA_real_ else as.numeric(told[[name]])
  estimate_rows(told$name, known("estimate"), known("se"), known("statistic"), known("df"), known("p"),
                known("lower"), known("upper"))
}

estimates.st_survival <- function(object) {
  told <- object$result$summary$coefficients
  estimate_rows(told$name, told$coefficient, as.numeric(told$se), as.numeric(told$z), p = as.numeric(told$p),
                low = log(as.numeric(told$ratio_lower)), high = log(as.numeric(told$ratio_upper)))
}

estimates.st_growth <- function(object) {
  told <- object$result$parameters
  estimate_rows(told$parameter, told$estimate, told$se, statistic = NA_real_, p = NA_real_,
                low = told$lower, high = told$upper)
}

estimates.st_irt <- function(object) {
  items <- item_table(object$result$item_params)
  kinds <- setdiff(names(items), "item")
  kinds <- kinds[!grepl("_se$", kinds)]
  rows <- lapply(kinds, function(kind) {
    error <- items[[paste0(kind, "_se")]]
    if (is.null(error)) error <- rep(NA_real_, nrow(items))
    # A test against 0 says something of no parameter of an item.
    estimate_rows(paste0(items$item, ".", kind), items[[kind]], error, statistic = NA_real_, p = NA_real_)
  })
  rows <- do.call(rbind, rows)
  rows <- rows[order(rep(seq_len(nrow(items)), length(kinds)), rep(seq_along(kinds), each = nrow(items))), ]
  rows <- rows[!is.na(rows$estimate), ]
  row.names(rows) <- NULL
  rows
}

estimates.st_link <- function(object) {
  told <- object$result$linking_constants
  estimate_rows(c("A", "B"), c(told$A, told$B), c(or_na(told$slope_se), or_na(told$intercept_se)),
                statistic = NA_real_, p = NA_real_)
}

or_na <- function(value) if (is.null(value)) NA_real_ else as.numeric(value)

coef.st_fit <- function(object, ...) {
  rows <- estimates(object)
  setNames(rows$estimate, rows$term)
}

# Items as rows, as users of mirt know them from coef(fit, IRTpars = TRUE, simplify = TRUE).
coef.st_irt <- function(object, ...) {
  items <- item_table(object$result$item_params)
  kinds <- names(items)[!grepl("_se$", names(items)) & names(items) != "item"]
  values <- as.matrix(items[kinds])
  rownames(values) <- items$item
  values
}

coef.st_cluster <- function(object, ...) {
  centers <- as.matrix(object$result$centers)
  rownames(centers) <- names(object$result$labels)
  centers
}

confint.st_fit <- function(object, parm, level = NULL, ...) {
  rows <- estimates(object)
  told <- told_level(object)
  if (is.null(level)) level <- told
  if (!missing(parm)) rows <- rows[if (is.character(parm)) match(parm, rows$term) else parm, ]
  limits <- if (isTRUE(all.equal(level, told)) && !all(is.na(rows$conf.low))) {
    cbind(rows$conf.low, rows$conf.high)
  } else if (inherits(object, "st_growth")) {
    st_stop("seedtest_no_such", paste("the answer has credible intervals of", told, "only"),
            hint = paste0("fit again with credible_interval = ", level))
  } else if (!object_is_wald(object)) {
    st_stop("seedtest_no_such", paste0("the answer has ", object$result$fit_meta$intervals,
                                       " intervals of ", told, " only"),
            hint = paste0("fit again with confidence = ", level))
  } else {
    width <- ifelse(is.na(rows$df), qnorm((1 + level) / 2), qt((1 + level) / 2, pmax(rows$df, 1e-8)))
    rows$estimate + cbind(-1, 1) %x% rep(1, nrow(rows)) * width * rows$std.error
  }
  tails <- c((1 - level) / 2, (1 + level) / 2)
  dimnames(limits) <- list(rows$term, paste(format(100 * tails, trim = TRUE, digits = 3), "%"))
  limits
}

# The level of the intervals of the answer.
told_level <- function(object) {
  level <- c(object$result$credible_interval, object$result$fit_meta$confidence)
  if (length(level)) level[1] else 0.95
}

object_is_wald <- function(object) {
  kind <- object$result$fit_meta$intervals
  is.null(kind) || kind %in% c("wald", "none")
}

logLik.st_fit <- function(object, ...) {
  told <- log_likelihood(object)
  if (is.null(told$value)) {
    st_stop("seedtest_no_such", paste("the answer has no log-likelihood:", object$title), hint = told$hint)
  }
  structure(told$value, df = told$df, nobs = told$nobs, class = "logLik")
}

log_likelihood <- function(object) UseMethod("log_likelihood")

log_likelihood.default <- function(object) list(hint = "`$result` has all of the answer")

log_likelihood.st_mixed <- function(object) {
  told <- object$result$fit_metrics
  list(value = told$loglik, df = told$df, nobs = told$n_obs)
}

log_likelihood.st_irt <- function(object) {
  told <- object$result$fit_meta
  list(value = told$metrics$loglik, df = told$metrics$n_parameters, nobs = told$n_users)
}

log_likelihood.st_survival <- function(object) {
  told <- object$result$model_meta
  # The parameters behind the AIC of the answer; a Cox model has as many observations as events.
  df <- if (!is.null(told$aic)) round((told$aic + 2 * told$loglik) / 2)
  list(value = told$loglik, df = df, nobs = if (told$family == "cox") told$n_events else told$n,
       hint = "a penalised fit has none")
}

log_likelihood.st_growth <- function(object) {
  list(hint = "a sampled model is compared by `$result$diagnostics$loo`")
}

nobs.st_fit <- function(object, ...) {
  n <- object$result$n_obs
  if (is.null(n)) n <- object$result$fit_metrics$n_obs
  if (is.null(n)) n <- object$result$fit_meta$metrics$n
  if (is.null(n)) n <- object$result$rows$used
  as.integer(n)
}

vcov.st_fit <- function(object, ...) {
  told <- covariance_of(object)
  if (is.null(told$matrix)) {
    st_stop("seedtest_no_such", paste("the answer has no covariance of its estimates:", object$title),
            hint = told$hint)
  }
  matrix <- told$matrix
  dimnames(matrix) <- list(told$terms, told$terms)
  matrix
}

covariance_of <- function(object) UseMethod("covariance_of")

covariance_of.default <- function(object) list(hint = "`$result` has all of the answer")

covariance_of.st_mixed <- function(object) {
  rows <- estimates(object)
  terms <- rows$term[!is.na(rows$estimate)]
  square(object$result$model$state$covariance, terms)
}

covariance_of.st_survival <- function(object) {
  fitted <- object$result$stored_model$fitted
  kind <- intersect(c("cox", "parametric"), names(fitted))
  if (!length(kind)) return(list(hint = "it is there for Cox and parametric models"))
  if (kind == "parametric" && !identical(object$result$model_meta$coefficient_scale, "log_time")) {
    return(list(hint = "its coefficients are of log hazards, the covariance in `$result$stored_model` of log times"))
  }
  terms <- if (kind == "cox") estimates(object)$term else fitted$parametric$parameters$name
  square(fitted[[kind]]$covariance, terms)
}

covariance_of.st_irt <- function(object) {
  told <- object$result$covariance
  if (is.null(told) || length(told$matrix$band)) return(list(hint = "fit again with covariance = TRUE"))
  parameters <- told$matrix$parameters
  terms <- paste0(told$item_ids[parameters$item + 1L], ".", parameters$kind)
  n <- length(terms)
  matrix <- matrix(0, n, n)
  # Rows of the lower triangle, one after another, are columns of the upper one.
  matrix[upper.tri(matrix, diag = TRUE)] <- told$matrix$lower
  matrix[lower.tri(matrix)] <- t(matrix)[lower.tri(matrix)]
  list(matrix = matrix, terms = terms)
}

covariance_of.st_growth <- function(object) {
  list(hint = "the answer has summaries of the draws; `seedtest fit growth --draws FILE` writes all of them")
}

covariance_of.st_link <- function(object) {
  told <- object$result$linking_constants
  if (is.null(told$covariance)) return(list(hint = "it needs standard errors in both fits"))
  list(matrix = matrix(c(told$slope_se^2, told$covariance, told$covariance, told$intercept_se^2), 2L),
       terms = c("A", "B"))
}

square <- function(values, terms) {
  n <- length(terms)
  if (length(values) != n^2) return(list(hint = "it is kept for models whose coefficients are all determined"))
  list(matrix = matrix(as.numeric(values), n, n), terms = terms)
}

predict.st_fit <- function(object, ...) {
  st_stop("seedtest_no_such", paste("nothing is predicted from this:", object$title),
          hint = "`$result` has all of the answer")
}

formula.st_fit <- function(x, ...) x$formula

# The table that a fit is looked at for.
as.data.frame.st_fit <- function(x, ...) main_table(x)

main_table <- function(object) UseMethod("main_table")
main_table.default <- function(object) estimates(object)
main_table.st_irt <- function(object) item_table(object$result$item_params)
main_table.st_score <- function(object) object$result$scores
main_table.st_link <- function(object) object$result$anchors
main_table.st_growth <- function(object) students_of(object$result$predictions)
main_table.st_forecast <- function(object) points_of(object$result$forecast)
main_table.st_cluster <- function(object) {
  data.frame(user_id = object$data$user_id, cluster = predict.st_cluster(object), row.names = NULL)
}
main_table.st_dif <- function(object) {
  parts <- lapply(seq_len(nrow(object$result$dif)), function(i) dif_rows(object$result$dif, i))
  do.call(rbind, parts)
}

# One comparison of two groups, a row per item.
dif_rows <- function(comparisons, i) {
  items <- comparisons$items[[i]]
  column <- function(...) {
    value <- Reduce(function(at, name) if (is.null(at)) NULL else at[[name]], c(...), items)
    if (is.null(value)) NA_real_ else value
  }
  data.frame(item = items$item_id, reference = comparisons$reference[i], focal = comparisons$focal[i],
             p_adjusted = as.numeric(column("p_adjusted")), found = as.character(column("found")),
             mh_delta = as.numeric(column("mantel_haenszel", "odds", "delta")),
             mh_p = as.numeric(column("mantel_haenszel", "p")),
             mh_class = as.character(column("mantel_haenszel", "class")),
             logistic_p = as.numeric(column("logistic", "total", "p")),
             lr_p = as.numeric(column("model", "total", "p")),
             wald_p = as.numeric(column("model", "wald", "p")),
             area = as.numeric(column("model", "area", "signed")),
             is_anchor = column("is_anchor"), stringsAsFactors = FALSE)
}
