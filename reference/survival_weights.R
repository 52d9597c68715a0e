# Figures of R survival for weights that are no counts, for the parametric families as proportional hazards,
# and for the tests of crates/survival that use them.
# Rscript reference/survival_weights.R       writes crates/survival/tests/golden/weights.json
suppressMessages({ library(survival); library(jsonlite) })
dir <- "crates/survival/tests/golden"
read <- function(file) {
  parts <- strsplit(readLines(file.path(dir, "data", file)), ",")
  data <- lapply(parts, function(p) as.numeric(ifelse(p[-1] == "NA", NA, p[-1])))
  names(data) <- vapply(parts, `[`, "", 1)
  as.data.frame(data, check.names = FALSE)
}
numbers <- function(x) I(unname(as.numeric(x)))
lung <- read("lung.csv"); heart <- read("heart.csv")
lung$event <- as.numeric(lung$status == 2)
lung <- lung[complete.cases(lung[, c("age", "sex", "ph.ecog")]), ]
# Weights of inverse probabilities, and rows that come in clusters.
lung$w <- 1 + (seq_len(nrow(lung)) %% 7) / 3
lung$id <- seq_len(nrow(lung)) %% 40
lung$twice <- 1 + seq_len(nrow(lung)) %% 3
heart$w <- 1 + (seq_len(nrow(heart)) %% 7) / 3

# Kaplan-Meier with the infinitesimal jackknife; a single curve with every end time.
curve <- function(f, tau) {
  s <- summary(f, times = f$time)
  list(time = numbers(f$time), surv = numbers(f$surv), std_err = numbers(s$std.err), cumhaz = numbers(f$cumhaz), std_chaz = numbers(f$std.chaz),
       tau = tau)
}
curves <- list(
  lung = curve(survfit(Surv(time, event) ~ 1, lung, weights = w, robust = TRUE), 365),
  lung_clusters = curve(survfit(Surv(time, event) ~ 1, lung, weights = w, cluster = id), 365),
  heart = curve(survfit(Surv(start, stop, event) ~ 1, heart, weights = w, cluster = id), 365))
# Restricted means of pseudo values: the error is that of their weighted jackknife.
rmst <- function(f, data, tau, w, cluster) {
  u <- residuals(f, times = tau, type = "auc", weighted = FALSE) * w
  sqrt(sum(rowsum(as.numeric(u), cluster)^2))
}
plain <- survfit(Surv(time, event) ~ 1, lung, weights = w, robust = TRUE)
curves$lung$rmst_se <- rmst(plain, lung, 365, lung$w, seq_len(nrow(lung)))
curves$lung_clusters$rmst_se <- rmst(plain, lung, 365, lung$w, lung$id)

# The score of a Cox regression on the groups: counts of rows by the hypergeometric variance, others by the
# robust one.
test <- function(formula, data, clustered = FALSE) {
  data$cluster <- if (clustered) data$id else seq_len(nrow(data))
  coxph(formula, data, weights = w, ties = "breslow", cluster = cluster, robust = TRUE)$rscore |> as.numeric()
}
logrank <- list(
  sex = test(Surv(time, event) ~ sex, lung),
  ecog = test(Surv(time, event) ~ factor(ph.ecog), lung),
  ecog_strata = test(Surv(time, event) ~ factor(ph.ecog) + strata(sex), lung),
  sex_clusters = test(Surv(time, event) ~ sex, lung, clustered = TRUE),
  transplant = test(Surv(start, stop, event) ~ transplant, heart),
  ecog_counts = survdiff(Surv(time, event) ~ ph.ecog, lung[rep(seq_len(nrow(lung)), lung$twice), ])$chisq)

# Weibull as proportional hazards: the delta method over coefficients and log scale.
hazards <- function(dist) {
  f <- survreg(Surv(time, event) ~ age + sex + ph.ecog, lung, dist = dist, control = survreg.control(rel.tolerance = 1e-14, maxiter = 100))
  b <- coef(f)[-1]; s <- f$scale; v <- vcov(f)
  se <- sapply(names(b), function(n) {
    if (dist == "exponential") return(sqrt(v[n, n]))
    g <- c(-1 / s, b[[n]] / s); at <- c(n, "Log(scale)")
    sqrt(drop(g %*% v[at, at] %*% g))
  })
  list(dist = dist, coef = numbers(-b / s), se = numbers(se), loglik_null = f$loglik[1], shape = 1 / s,
       shape_se = if (dist == "exponential") NA else sqrt(v["Log(scale)", "Log(scale)"]) / s,
       scale = exp(coef(f)[[1]]), scale_se = exp(coef(f)[[1]]) * sqrt(v[1, 1]))
}

# The sandwich of weights that are no counts, and over clusters. survreg(robust = TRUE) sums dfbetas without
# their weights (doubled weights halve its errors), so they are weighted here.
dfbetas <- function(dist, clustered) {
  f <- survreg(Surv(time, event) ~ age + sex + ph.ecog, lung, weights = w, dist = dist, control = survreg.control(rel.tolerance = 1e-14, maxiter = 100))
  d <- residuals(f, "dfbeta", weighted = TRUE)
  if (clustered) d <- rowsum(d, lung$id)
  list(dist = dist, clustered = clustered, coef = numbers(coef(f)), vcov = numbers(crossprod(d)))
}
cases <- expand.grid(dist = c("weibull", "exponential", "lognormal", "loglogistic"), clustered = c(FALSE, TRUE), stringsAsFactors = FALSE)
robust_aft <- Map(dfbetas, cases$dist, cases$clustered, USE.NAMES = FALSE)
# Periods of 180 days; scores as sandwich::estfun has them.
long <- do.call(rbind, lapply(seq_len(nrow(lung)), function(i) {
  k <- ceiling(lung$time[i] / 180)
  data.frame(row = i, period = 1:k, y = as.numeric(1:k == k & lung$event[i] == 1), lung[rep(i, k), c("age", "sex", "w")])
}))
long <- long[ave(long$y, long$period, FUN = sum) > 0, ]
robust_discrete <- lapply(c("logit", "cloglog"), function(link) {
  start <- NULL
  for (again in 1:10) {
    f <- suppressWarnings(glm(y ~ 0 + factor(period) + age + sex, binomial(link), long, weights = w, start = start, control = glm.control(epsilon = 1e-14, maxit = 100)))
    start <- coef(f)
  }
  score <- rowsum(model.matrix(f) * (residuals(f, "working") * weights(f, "working")), long$row)
  bread <- summary(f)$cov.unscaled
  list(link = link, coef = numbers(coef(f)), vcov = numbers(bread %*% crossprod(score) %*% bread))
})
save <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
             curves = curves, logrank = logrank, hazards = lapply(c("weibull", "exponential"), hazards),
             robust_aft = robust_aft, robust_discrete = robust_discrete)
writeLines(toJSON(save, digits = NA, auto_unbox = TRUE, na = "null"), file.path(dir, "weights.json"))
