# Pictures in base graphics.

plot.st_fit <- function(x, ...) {
  st_stop("seedtest_no_such", paste("there is no picture of this:", x$title), hint = "`$result` has all of the answer")
}

plot.st_irt <- function(x, type = NULL, items = NULL, ...) {
  table <- item_table(x$result$item_params)
  if (!is.null(items)) table <- table[table$item %in% items, , drop = FALSE]
  dichotomous <- "b" %in% names(table)
  type <- match.arg(type, c(if (dichotomous) "curves", "wright", "information"))
  switch(type, curves = plot_curves(table, ...), wright = plot_wright(x, table, ...),
         information = plot_information(x, ...))
  invisible(x)
}

plot_curves <- function(table, ...) {
  theta <- seq(-4, 4, length.out = 161)
  a <- if (is.null(table$a)) rep(1, nrow(table)) else table$a
  guess <- if (is.null(table$c)) 0 else ifelse(is.na(table$c), 0, table$c)
  p <- vapply(theta, function(t) guess + (1 - guess) * stats::plogis(a * (t - table$b)), numeric(nrow(table)))
  curves <- if (is.matrix(p)) t(p) else matrix(p)
  matplot(theta, curves, type = "l", lty = 1, ylim = c(0, 1), xlab = "Ability", ylab = "P(right)", ...)
  grid()
}

plot_wright <- function(x, table, ...) {
  abilities <- x$result$abilities$theta
  hist(abilities, breaks = "FD", col = "grey85", border = "white", xlab = "Ability and difficulty",
       main = "Students (bars) and items (marks)", ...)
  difficulties <- unlist(table[grepl("^b[0-9]*$", names(table))])
  axis(3, at = difficulties[!is.na(difficulties)], labels = FALSE, col.ticks = "firebrick")
}

plot_information <- function(x, ...) {
  curve <- x$result$fit_statistics$information
  if (is.null(curve)) {
    st_stop("seedtest_no_such", "the answer has no information of the test", hint = "fit again with fit_statistics = TRUE")
  }
  plot(curve$theta, curve$information, type = "l", xlab = "Ability", ylab = "Information of the test", ...)
  grid()
}

# Points with their intervals, smallest first.
plot_intervals <- function(value, low, high, xlab, ...) {
  order <- order(value)
  at <- seq_along(order)
  plot(value[order], at, xlim = range(value, low, high, finite = TRUE), pch = 19, cex = 0.6, yaxt = "n",
       xlab = xlab, ylab = "", ...)
  segments(low[order], at, high[order], at, col = "grey50")
}

plot.st_mixed <- function(x, group = NULL, ...) {
  modes <- st_ranef(x)
  if (is.null(group)) group <- modes$group[1]
  modes <- modes[modes$group == group, ]
  terms <- unique(modes$term)
  old <- par(mfrow = c(1, length(terms)))
  on.exit(par(old))
  for (term in terms) {
    part <- modes[modes$term == term, ]
    half <- qnorm(0.975) * ifelse(is.na(part$se), 0, part$se)
    plot_intervals(part$mode, part$mode - half, part$mode + half, xlab = paste0(term, " of ", group), ...)
    abline(v = 0, lty = 3)
  }
  invisible(x)
}

plot.st_growth <- function(x, ...) {
  students <- predict.st_growth(x)
  if (all(is.na(students$probability))) {
    st_stop("seedtest_no_such", "there is no goal, so no probability to reach it", hint = "fit again with target =")
  }
  plot_intervals(students$probability, students$lower, students$upper, xlab = "Probability to reach the goal", ...)
  invisible(x)
}

plot.st_survival <- function(x, ...) {
  curve <- x$result$survival_curve
  if (!is.data.frame(curve)) {
    st_stop("seedtest_no_such", "the answer has no survival curve", hint = "`$result` has all of the answer")
  }
  time <- curve$t
  plot(time, curve$S, type = "s", ylim = c(0, 1), xlab = "Time", ylab = "Survival at the means", ...)
  for (bound in intersect(c("S_lower", "S_upper"), names(curve))) lines(time, curve[[bound]], type = "s", lty = 3)
  invisible(x)
}

plot.st_forecast <- function(x, ...) {
  seen <- x$result$insample
  coming <- x$result$forecast
  when <- function(ds) if (any(nchar(ds) > 10)) as.POSIXct(ds, "UTC", tryFormats = c("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")) else as.Date(ds)
  time <- when(c(seen$ds, coming$ds))
  low <- c(seen$yhat_lower, coming$yhat_lower)
  high <- c(seen$yhat_upper, coming$yhat_upper)
  plot(time, c(seen$yhat, coming$yhat), type = "n", ylim = range(low, high, seen$y, finite = TRUE), xlab = "", ylab = "", ...)
  polygon(c(time, rev(time)), c(low, rev(high)), col = "grey90", border = NA)
  lines(time, c(seen$yhat, coming$yhat))
  points(when(seen$ds), seen$y, pch = 19, cex = 0.5)
  odd <- x$result$anomalies
  if (is.data.frame(odd) && nrow(odd)) points(when(odd$ds), odd$y, col = "firebrick", cex = 1.3)
  invisible(x)
}

plot.st_cluster <- function(x, ...) {
  features <- x$result$feature_names
  segment <- predict.st_cluster(x)
  colour <- ifelse(is.na(segment) | segment < 1, 8, segment + 1)
  plot(x$data[features], col = colour, pch = 19, cex = 0.6, ...)
  invisible(x)
}

plot.st_score <- function(x, ...) {
  scores <- x$result$scores
  half <- qnorm(0.975) * scores$se
  plot_intervals(scores$theta, scores$theta - half, scores$theta + half, xlab = "Ability", ...)
  invisible(x)
}

plot.st_link <- function(x, ...) {
  both <- merge(x$new, x$old, by = "item", suffixes = c(".new", ".old"))
  if (is.null(both$b.new)) {
    st_stop("seedtest_no_such", "the picture is of items with one difficulty", hint = "`$result$anchors` has the items")
  }
  plot(both$b.new, both$b.old, xlab = "Difficulty, new scale", ylab = "Difficulty, old scale", pch = 19, ...)
  told <- x$result$linking_constants
  abline(told$B, told$A, lty = 2)
  invisible(x)
}

plot.st_dif <- function(x, ...) {
  table <- main_table(x)
  effect <- if (all(is.na(table$mh_delta))) table$area else table$mh_delta
  at <- seq_len(nrow(table))
  found <- !is.na(table$p_adjusted) & table$p_adjusted < 0.05
  plot(effect, at, yaxt = "n", ylab = "", pch = 19, col = ifelse(found, "firebrick", "grey40"),
       xlab = if (all(is.na(table$mh_delta))) "Signed area between the curves" else "Mantel-Haenszel delta", ...)
  axis(2, at, table$item, las = 1)
  abline(v = 0, lty = 3)
  invisible(x)
}
