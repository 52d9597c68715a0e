# tidy() and glance() of package generics, for who has it.

tidy.st_fit <- function(x, conf.int = FALSE, conf.level = NULL, ...) {
  if (inherits(x, c("st_score", "st_forecast", "st_cluster", "st_dif"))) return(main_table(x))
  table <- estimates(x)
  if (conf.int) table[c("conf.low", "conf.high")] <- confint(x, level = conf.level)
  kept <- c("term", "estimate", "std.error", "statistic", "df", "p.value", if (conf.int) c("conf.low", "conf.high"))
  table <- table[kept]
  unknown <- vapply(table, function(column) all(is.na(column)), TRUE)
  table[names(table) %in% c("term", "estimate", "std.error") | !unknown]
}

glance.st_fit <- function(x, ...) one_row(x)

# What there is to say of a fit as a whole.
one_row <- function(object) {
  fit <- tryCatch(logLik(object), seedtest_no_such = function(e) NULL)
  row <- data.frame(nobs = nobs.st_fit(object), converged = object$converged)
  if (!is.null(fit)) {
    row$logLik <- as.numeric(fit)
    row$df <- attr(fit, "df")
    row$AIC <- AIC(fit)
    row$BIC <- BIC(fit)
  }
  cbind(row, more_of(object))
}

more_of <- function(object) {
  result <- object$result
  told <- if (inherits(object, "st_mixed")) list(sigma = result$fit_metrics$sigma, r2_marginal = result$r2_marginal,
                                                 r2_conditional = result$r2_conditional)
  else if (inherits(object, "st_survival")) list(n_events = result$n_events, concordance = result$model_meta$concordance)
  else if (inherits(object, "st_growth")) list(max_rhat = result$diagnostics$rhat$max, min_ess = result$diagnostics$ess_bulk$min,
                                               divergences = result$diagnostics$divergences)
  else if (inherits(object, "st_irt")) list(items = result$fit_meta$n_items, students = result$fit_meta$n_users)
  else if (inherits(object, "st_forecast")) list(model = result$model_used, mae = result$model_meta$mae)
  else if (inherits(object, "st_cluster")) list(method = result$method, k = result$k)
  else if (inherits(object, "st_link")) list(n_anchors = result$linking_constants$n_anchors)
  else list()
  told <- Filter(length, told)
  if (length(told)) as.data.frame(told) else data.frame(row.names = 1L)
}
