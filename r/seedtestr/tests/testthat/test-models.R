# What the fits of every function answer, by properties that hold without them.

draw <- function(...) {
  path <- tempfile(fileext = ".pdf")
  on.exit(unlink(path))
  grDevices::pdf(path)
  on.exit(grDevices::dev.off(), add = TRUE, after = FALSE)
  plot(...)
}

test_that("a calibration has parameters, covariance, scores and pictures", {
  skip_without_program()
  answers <- fixture_irt()
  fit <- st_irt(answers, model = "2pl", covariance = TRUE, fit_statistics = TRUE)
  expect_equal(dimnames(coef(fit)), list(colnames(answers), c("a", "b")))
  # The items were made in this order of difficulty.
  expect_equal(order(coef(fit)[, "b"]), 1:6)
  table <- seedtestr:::estimates(fit)
  expect_equal(sqrt(diag(vcov(fit))), stats::setNames(table$std.error, table$term), tolerance = 1e-8)
  expect_true(isSymmetric(vcov(fit)))
  expect_equal(attr(logLik(fit), "df"), 12)
  expect_equal(attr(logLik(fit), "nobs"), 400)
  expect_equal(AIC(fit), fit$result$fit_meta$metrics$aic)
  expect_equal(BIC(fit), fit$result$fit_meta$metrics$bic)
  expect_equal(predict(fit)$user_id[1], "001")
  expect_equal(predict(fit, answers)$theta, predict(fit)$theta, tolerance = 1e-10)
  long <- data.frame(who = rep(rownames(answers), 6), what = rep(colnames(answers), each = 400), ok = c(answers) == 1)
  expect_identical(coef(st_irt(long, "who", "what", "ok", model = "2pl")), coef(fit))
  expect_silent(for (type in c("curves", "wright", "information")) draw(fit, type))
})

test_that("answers of several categories have a difficulty for each step", {
  skip_without_program()
  set.seed(3)
  theta <- stats::rnorm(400)
  score <- function() rowSums(outer(theta, c(-1, 0, 1), "-") + stats::rlogis(400) > 0)
  answers <- vapply(1:5, function(i) score(), numeric(400))
  fit <- st_irt(answers, model = "grm", score = "score")
  expect_equal(colnames(coef(fit)), c("a", "b1", "b2", "b3"))
  expect_true(all(diff(t(coef(fit)[, -1])) > 0))
  expect_equal(nrow(st_score(fit, answers, score = "score")$result$scores), 400)
  expect_silent(draw(fit))
})

test_that("groups are compared, and an item that differs is found", {
  skip_without_program()
  set.seed(11)
  n <- 600
  group <- rep(c("A", "B"), each = n / 2)
  theta <- stats::rnorm(n)
  b <- seq(-1.5, 1.5, length.out = 8)
  p <- stats::plogis(outer(theta, b, "-") - outer(group == "B", seq_along(b) == 4) * 1.5)
  long <- data.frame(student = rep(sprintf("%04d", 1:n), 8), item = rep(paste0("q", 1:8), each = n),
                     correct = as.integer(stats::runif(length(p)) < p), group = rep(group, 8))
  fit <- st_dif(long)
  table <- as.data.frame(fit)
  expect_equal(table$item[table$p_adjusted < 0.01], "q4")
  expect_equal(table$reference[1], "A")
  expect_silent(draw(fit))
  expect_error(st_dif(fixture_irt()), class = "seedtest_usage")
})

test_that("a calibration linked to one on another scale gets its scale", {
  skip_without_program()
  answers <- fixture_irt()
  old <- st_irt(answers, model = "2pl", covariance = TRUE)
  link <- st_link(old, old)
  expect_equal(coef(link), c(A = 1, B = 0), tolerance = 1e-6)
  expect_true(all(diag(vcov(link)) > 0))
  expect_silent(draw(link))
  expect_error(st_link(old, 3), class = "seedtest_usage")
})

test_that("abilities of given parameters are the root of the likelihood equation", {
  skip_without_program()
  items <- data.frame(item = c("x", "y", "z"), a = 1, b = c(-1, 0, 1))
  answers <- data.frame(student = "01", item = items$item, correct = c(1, 1, 0))
  theta <- st_score(items, answers, method = "ml")$result$scores$theta
  # A Rasch ability by maximum likelihood: the expected number of right answers is that of the student.
  expect_equal(sum(stats::plogis(theta - items$b)), 2, tolerance = 1e-6)
})

test_that("growth has intervals, students and a goal", {
  skip_without_program()
  set.seed(2)
  data <- data.frame(who = rep(sprintf("%02d", 1:20), each = 6), week = rep(0:5, 20))
  data$score <- stats::rnorm(20)[as.integer(factor(data$who))] + 0.3 * data$week + stats::rnorm(120, 0, 0.3)
  fit <- suppressWarnings(st_growth(score ~ week + (week | who), data, chains = 2, warmup = 300, samples = 300,
                                    target = 2, horizon_weeks = 4, keep_model = TRUE))
  expect_true(abs(coef(fit)["week"] - 0.3) < 0.1)
  limits <- confint(fit, "week")
  expect_true(limits[1] < coef(fit)["week"] && coef(fit)["week"] < limits[2])
  expect_error(confint(fit, level = 0.5), "credible_interval = 0.5", class = "seedtest_no_such")
  expect_equal(predict(fit)$student[1], "01")
  easier <- predict(fit, target = 0)
  expect_true(all(easier$probability >= predict(fit)$probability))
  expect_error(logLik(fit), class = "seedtest_no_such")
  expect_silent(draw(fit))
})

test_that("a straight line is forecast as it goes on", {
  skip_without_program()
  series <- data.frame(day = seq(as.Date("2025-01-06"), by = "week", length.out = 60), value = 0.5 + 0.01 * (1:60) + rep(c(-0.002, 0.001, 0.001), 20))
  fit <- st_forecast(series, "day", "value", horizon = 3)
  expect_equal(predict(fit)$ds, c("2026-03-02", "2026-03-09", "2026-03-16"))
  expect_equal(predict(fit)$yhat, 0.5 + 0.01 * 61:63, tolerance = 0.02)
  expect_equal(nrow(predict(fit, periods = 6)), 6)
  expect_error(coef(fit), class = "seedtest_no_such")
  expect_silent(draw(fit))
})

test_that("two kinds of learners are two, under their own ids", {
  skip_without_program()
  set.seed(5)
  data <- data.frame(id = sprintf("%03d", 1:80), a = c(stats::rnorm(40), stats::rnorm(40, 8)), b = stats::rnorm(80))
  fit <- st_cluster(data, id = "id", k = 2)
  segments <- predict(fit)
  expect_equal(names(segments)[1], "001")
  expect_length(unique(segments[1:40]), 1)
  expect_true(all(segments[1:40] != segments[41:80]))
  expect_equal(predict(fit, data[1:3, ]), segments[1:3])
  expect_equal(dim(coef(fit)), c(2L, 2L))
  expect_silent(draw(fit))
})

test_that("tidy and glance are there for who has generics", {
  skip_without_program()
  skip_if_not_installed("generics")
  data <- data.frame(y = c(1.1, 2.0, 3.2, 0.4, 1.2, 1.9, 2.2, 2.8, 4.1), day = rep(0:2, 3), who = rep(1:3, each = 3))
  fit <- st_lmm(y ~ day + (1 | who), data)
  tidied <- generics::tidy(fit, conf.int = TRUE)
  expect_equal(tidied$term, c("(Intercept)", "day"))
  expect_equal(tidied$estimate, unname(coef(fit)))
  expect_equal(unname(as.matrix(tidied[c("conf.low", "conf.high")])), unname(confint(fit)))
  expect_equal(generics::glance(fit)$AIC, AIC(fit))
})

test_that("intervals of another level are those of the standard errors", {
  skip_without_program()
  data <- data.frame(y = c(1.1, 2.0, 3.2, 0.4, 1.2, 1.9, 2.2, 2.8, 4.1), day = rep(0:2, 3), who = rep(1:3, each = 3))
  told <- confint(st_lmm(y ~ day + (1 | who), data, confidence = 0.8))
  expect_equal(confint(st_lmm(y ~ day + (1 | who), data), level = 0.8), told, tolerance = 1e-6)
  profiled <- st_lmm(y ~ day + (1 | who), data, intervals = "profile")
  expect_error(confint(profiled, level = 0.8), "profile", class = "seedtest_no_such")
})

test_that("a singular fit has converged, and a message says that it is singular", {
  skip_without_program()
  # Every student has the same scores, so that there is nothing between students.
  data <- data.frame(who = rep(1:4, each = 4), day = rep(0:3, 4), y = rep(c(1, 2.5, 2.9, 4.2), 4))
  expect_message(fit <- st_lmm(y ~ day + (1 | who), data), "singular fit")
  expect_true(summary(fit)$glance$converged)
  expect_false(any(grepl("NOT CONVERGED", capture.output(print(fit)))))
})

test_that("a coefficient that is not determined is NA, and outside of the covariance", {
  skip_without_program()
  data <- data.frame(y = c(1.1, 2.0, 3.2, 0.4, 1.2, 1.9, 2.2, 2.8, 4.1), day = rep(0:2, 3), who = rep(1:3, each = 3))
  data$twice <- 2 * data$day
  fit <- st_lmm(y ~ day + twice + (1 | who), data)
  expect_equal(is.na(coef(fit)), c("(Intercept)" = FALSE, day = FALSE, twice = TRUE))
  expect_equal(rownames(vcov(fit)), c("(Intercept)", "day"))
})

test_that("columns with letters of Korean and with blanks keep their names", {
  skip_without_program()
  skip_if_not(l10n_info()[["UTF-8"]], "names outside of ASCII need a locale of UTF-8")
  data <- data.frame(a = c(1.1, 2.0, 3.2, 0.4, 1.2, 1.9, 2.2, 2.8, 4.1), b = rep(0:2, 3), who = rep(1:3, each = 3))
  names(data)[1:2] <- c("\uc810\uc218", "my week")
  fit <- st_lmm("\uc810\uc218 ~ `my week` + (1 | who)", data)
  expect_equal(names(coef(fit)), c("(Intercept)", "`my week`"))
})
