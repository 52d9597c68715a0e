# How fits look in the console: what did not converge comes first.

print.st_fit <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  print_head(x)
  print_body(x, digits)
  print_warnings(x)
  invisible(x)
}

print_head <- function(x) {
  if (!x$converged) {
    cat("NOT CONVERGED: ", paste(c(x$verdict$reason, x$verdict$next_action), collapse = "; "), "\n", sep = "")
  }
  cat(x$title, "\n", sep = "")
  if (!is.null(x$formula)) cat("Formula: ", formula_text(x$formula), "\n", sep = "")
  lost <- x$result$rows$read - x$result$rows$used
  if (length(lost) && lost > 0) cat(lost, "of", x$result$rows$read, "rows were left out\n")
}

print_warnings <- function(x) {
  said <- unlist(x$result$warnings)
  if (length(said)) cat("\nWarnings:\n", paste0("- ", said, "\n"), sep = "")
}

print_body <- function(x, digits) UseMethod("print_body")

print_body.default <- function(x, digits) print_some(main_table(x), digits)

print_some <- function(table, digits, n = 10L) {
  cat("\n")
  print(head(table, n), digits = digits, row.names = FALSE)
  if (nrow(table) > n) cat("and", nrow(table) - n, "more; as.data.frame() has all\n")
}

print_body.st_mixed <- function(x, digits) {
  cat("\nRandom effects:\n")
  print(variance_table(x$result$variance_components), digits = digits, row.names = FALSE, na.print = "")
  cat("\nFixed effects:\n")
  print(coef(x), digits = digits)
}

print_body.st_survival <- function(x, digits) {
  cat("\n")
  table <- estimates(x)
  print(data.frame(coef = table$estimate, ratio = exp(table$estimate), se = table$std.error,
                   z = table$statistic, p = table$p.value, row.names = table$term), digits = digits)
}

print_body.st_growth <- function(x, digits) {
  cat("\n")
  table <- x$result$parameters
  print(table[c("parameter", "estimate", "se", "lower", "upper", "rhat", "ess_bulk")], digits = digits,
        row.names = FALSE)
}

print_body.st_cluster <- function(x, digits) {
  cat("\nSizes:", x$result$sizes, "\n")
  if (NROW(x$result$centers)) print(coef(x), digits = digits)
}

print_body.st_link <- function(x, digits) {
  told <- x$result$linking_constants
  cat("\ntheta* = A theta + B by", told$method, "over", told$n_anchors, "common items\n")
  print(estimates(x)[c("term", "estimate", "std.error")], digits = digits, row.names = FALSE)
  drifting <- x$result$anchors$item_id[x$result$anchors$drifts %in% TRUE]
  if (length(drifting)) cat("Drifting:", drifting, "\n")
}

# Standard deviations and correlations, a row per term.
variance_table <- function(components) {
  rows <- lapply(names(components), function(group) {
    part <- components[[group]]
    if (group == "Residual") return(data.frame(group = group, term = "", sd = or_na(part$sd), cor = NA_character_))
    terms <- setdiff(names(part), c("cor", "cor_intervals"))
    data.frame(group = group, term = terms, sd = number(lapply(part[terms], `[[`, "sd")),
               cor = vapply(terms, function(term) {
                 r <- unlist(part$cor[[term]])
                 if (length(r)) paste(format(round(r, 2), nsmall = 2), collapse = " ") else NA_character_
               }, ""))
  })
  do.call(rbind, rows)
}

summary.st_fit <- function(object, ...) {
  structure(list(fit = object, glance = one_row(object),
                 coefficients = tryCatch(estimates(object), seedtest_no_such = function(e) NULL)),
            class = "summary.st_fit")
}

print.summary.st_fit <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  print_head(x$fit)
  table <- x$coefficients
  if (inherits(x$fit, "st_mixed")) {
    cat("\nRandom effects:\n")
    print(variance_table(x$fit$result$variance_components), digits = digits, row.names = FALSE, na.print = "")
  }
  if (inherits(x$fit, c("st_mixed", "st_survival"))) {
    cat("\nCoefficients:\n")
    print_tests(table, digits)
  } else {
    print_body(x$fit, digits)
  }
  cat("\n")
  print(x$glance, digits = digits, row.names = FALSE)
  print_warnings(x$fit)
  invisible(x)
}

print_tests <- function(table, digits) {
  shown <- cbind(Estimate = table$estimate, "Std. Error" = table$std.error, df = table$df,
                 "test value" = table$statistic, "Pr(>|test|)" = table$p.value)
  rownames(shown) <- table$term
  if (all(is.na(table$df))) shown <- shown[, -3L, drop = FALSE]
  printCoefmat(shown, digits = digits, has.Pvalue = TRUE, cs.ind = 1:2, tst.ind = ncol(shown) - 1L, na.print = "")
}
