# Figures of R survival (and stats::glm, glmnet) for the tests of crates/survival.
# Rscript reference/survival.R       writes crates/survival/tests/golden/*.json
# The data stand in crates/survival/tests/golden/data, one column a line: lung, pbc and heart from R
# survival, churn_* simulated from a Weibull proportional-hazards model.
suppressMessages({ library(survival); library(jsonlite); library(glmnet) })
dir <- "crates/survival/tests/golden"
read <- function(file) {
  lines <- readLines(file.path(dir, "data", file))
  parts <- strsplit(lines, ",")
  data <- lapply(parts, function(p) as.numeric(ifelse(p[-1] == "NA", NA, p[-1])))
  names(data) <- vapply(parts, `[`, "", 1)
  as.data.frame(data, check.names = FALSE)
}
lung <- read("lung.csv"); pbc <- read("pbc.csv"); heart <- read("heart.csv")
churn_1k <- read("churn_1k.csv"); churn_10k <- read("churn_10k.csv.gz")
lung$event <- as.numeric(lung$status == 2)
pbc$event <- as.numeric(pbc$status == 2)
pbc$lbili <- log(pbc$bili); pbc$lprotime <- log(pbc$protime); pbc$lalbumin <- log(pbc$albumin)
lung <- lung[complete.cases(lung[, c("age", "sex", "ph.ecog")]), ]
lung$inst[is.na(lung$inst)] <- 0
pbc <- pbc[complete.cases(pbc[, c("age", "edema", "bili", "protime", "albumin")]), ]
lung$w <- 1 + (seq_len(nrow(lung)) %% 3) / 2
lung$o <- (seq_len(nrow(lung)) %% 5) / 10
lung$s4 <- lung$sex * 10 + (lung$inst %% 2)
churn_10k$id <- (seq_len(nrow(churn_10k)) - 1) %% 2500
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
numbers <- function(x) I(unname(as.numeric(x)))
cox <- function(call, residuals = FALSE, at = NULL, zph = TRUE) {
  text <- paste(deparse(call), collapse = "")
  call$control <- tight
  fit <- eval(call, globalenv())
  s <- summary(fit)
  # The exact method with start times comes back without a class and without the rest.
  if (!inherits(fit, "coxph")) return(list(call = text, coef = numbers(fit$coefficients), vcov = numbers(fit$var), loglik = numbers(fit$loglik)))
  base <- basehaz(fit, centered = FALSE)
  # R's baseline stands at the mean of the offset; ours at offset 0.
  offset <- model.offset(model.frame(fit))
  if (!is.null(offset)) base$hazard <- base$hazard * exp(-mean(offset))
  out <- list(
    call = text, n = fit$n, n_events = fit$nevent, names = I(names(coef(fit))),
    coef = numbers(coef(fit)), vcov = numbers(fit$var), naive_vcov = numbers(if (is.null(fit$naive.var)) fit$var else fit$naive.var),
    loglik = numbers(fit$loglik), means = numbers(fit$means),
    concordance = unname(fit$concordance["concordance"]), concordance_se = unname(fit$concordance["std"]),
    lr = unname(s$logtest["test"]), wald = unname(drop(coef(fit) %*% solve(fit$var, coef(fit)))), score = fit$score,
    z = numbers(s$coefficients[, "z"]), p = numbers(s$coefficients[, ncol(s$coefficients)]),
    conf = numbers(s$conf.int[, c("lower .95", "upper .95")]))
  if (!is.null(at)) {
    # One curve for every row of `at`.
    f <- survfit(fit, newdata = at, conf.type = "log")
    keep <- round(seq(1, length(f$time), length.out = 12))
    out$curves <- list(time = numbers(f$time[keep]), surv = numbers(f$surv[keep, ]),
                       lower = numbers(f$lower[keep, ]), upper = numbers(f$upper[keep, ]), rows = nrow(at))
  } else if (is.null(base$strata)) {
    keep <- round(seq(1, nrow(base), length.out = min(12, nrow(base))))
    out$basehaz_zero <- list(time = numbers(base$time[keep]), hazard = numbers(base$hazard[keep]))
  } else {
    out$basehaz_zero <- list(time = numbers(base$time), hazard = numbers(base$hazard), strata = I(as.character(base$strata)))
  }
  if (zph) out$zph <- lapply(c(km = "km", identity = "identity", rank = "rank", log = "log"), function(t) {
    if (t == "log" && any(fit$y[, ncol(fit$y) - 1] <= 0)) return(NULL)
    table <- cox.zph(fit, transform = t, terms = FALSE)$table
    list(chisq = numbers(table[, 1]), p = numbers(table[, 3]))
  })
  if (residuals) {
    # Every fourth row (or event) keeps the file small.
    every <- function(x) { x <- as.matrix(x); numbers(x[seq(1, nrow(x), 4), ]) }
    out$residuals <- list(
      martingale = every(resid(fit, "martingale")), deviance = every(resid(fit, "deviance")),
      score = every(resid(fit, "score")), dfbeta = every(resid(fit, "dfbeta")),
      schoenfeld = every(resid(fit, "schoenfeld")))
  }
  out
}
l3 <- lung[1:3, c("age", "sex", "ph.ecog")]
cases <- list(
  lung_efron = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog, lung, ties = "efron")), TRUE, l3),
  lung_breslow = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog, lung, ties = "breslow")), TRUE, l3),
  lung_exact = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog, lung, ties = "exact")), FALSE, zph = FALSE),
  lung_strata = cox(quote(coxph(Surv(time, event) ~ age + ph.ecog + strata(sex), lung)), TRUE),
  lung_weights = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog, lung, weights = w)), TRUE),
  lung_weights_breslow = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog, lung, weights = w, ties = "breslow")), TRUE),
  lung_offset = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog + offset(o), lung)), TRUE),
  lung_cluster = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog + cluster(inst), lung)), FALSE, l3),
  lung_robust = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog, lung, robust = TRUE)), FALSE),
  lung_weights_cluster = cox(quote(coxph(Surv(time, event) ~ age + sex + ph.ecog + cluster(inst), lung, weights = w)), FALSE, zph = FALSE),
  heart_efron = cox(quote(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart)), TRUE),
  heart_breslow = cox(quote(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart, ties = "breslow")), TRUE),
  heart_exact = cox(quote(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart, ties = "exact")), FALSE, zph = FALSE),
  heart_strata = cox(quote(coxph(Surv(start, stop, event) ~ age + year + transplant + strata(surgery), heart)), TRUE),
  heart_cluster = cox(quote(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant + cluster(id), heart)), FALSE),
  pbc_efron = cox(quote(coxph(Surv(time, event) ~ age + edema + lbili + lprotime + lalbumin, pbc)), FALSE, pbc[1:3, ]),
  pbc_breslow = cox(quote(coxph(Surv(time, event) ~ age + edema + lbili + lprotime + lalbumin, pbc, ties = "breslow")), FALSE),
  churn_1k_efron = cox(quote(coxph(Surv(time, event) ~ accuracy + sessions + streak + latency + paid + age + grade, churn_1k)), FALSE),
  churn_1k_exact = cox(quote(coxph(Surv(time, event) ~ accuracy + sessions + streak + latency + paid + age + grade, churn_1k, ties = "exact")), FALSE, zph = FALSE),
  churn_10k_efron = cox(quote(coxph(Surv(time, event) ~ accuracy + sessions + streak + latency + paid + age + grade, churn_10k)), FALSE, churn_10k[1:3, ]),
  churn_10k_breslow = cox(quote(coxph(Surv(time, event) ~ accuracy + sessions + streak + latency + paid + age + grade, churn_10k, ties = "breslow")), FALSE),
  churn_10k_cluster = cox(quote(coxph(Surv(time, event) ~ accuracy + sessions + streak + latency + paid + age + grade + cluster(id), churn_10k)), FALSE, zph = FALSE))
penalised <- function(theta) {
  fit <- coxph(Surv(time, event) ~ ridge(age, sex, ph.ecog, theta = theta, scale = TRUE), lung, control = coxph.control(eps = 1e-13, iter.max = 100, outer.max = 100))
  list(theta = theta, call = "coxph(Surv(time, event) ~ ridge(age, sex, ph.ecog, theta = theta, scale = TRUE), lung)",
       coef = numbers(coef(fit)), vcov = numbers(fit$var), loglik = numbers(fit$loglik))
}
versions <- list(R = R.version.string, survival = as.character(packageVersion("survival")), glmnet = as.character(packageVersion("glmnet")))
save <- function(value, file) writeLines(toJSON(value, digits = NA, auto_unbox = TRUE, null = "null"), file.path(dir, file))
save(list(versions = versions, cox = cases, ridge = lapply(c(1, 10, 100), penalised)), "cox.json")

# Curves without covariates.
curve <- function(formula, data, w = rep(1, nrow(data))) {
  data$w <- w
  one <- function(type) do.call(survfit, list(formula, data, weights = w, conf.type = type, robust = FALSE))
  f <- na <- one("log-log")
  list(call = paste(deparse(formula), collapse = ""), time = numbers(f$time), n_risk = numbers(f$n.risk),
       n_event = numbers(f$n.event), n_censor = numbers(f$n.censor), surv = numbers(f$surv), std_err = numbers(f$std.err),
       loglog = list(lower = numbers(f$lower), upper = numbers(f$upper)),
       log = list(lower = numbers(one("log")$lower), upper = numbers(one("log")$upper)),
       plain = list(lower = numbers(one("plain")$lower), upper = numbers(one("plain")$upper)),
       cumhaz = numbers(na$cumhaz), cumhaz_se = numbers(na$std.chaz),
       quartiles = numbers(quantile(f, c(.25, .5, .75))$quantile),
       quartile_lower = numbers(quantile(f, c(.25, .5, .75))$lower),
       quartile_upper = numbers(quantile(f, c(.25, .5, .75))$upper))
}
rmst <- function(formula, data, tau) {
  t <- summary(survfit(formula, data), rmean = tau)$table
  list(tau = tau, mean = unname(t["rmean"]), se = unname(t["se(rmean)"]))
}
logrank <- function(call) {
  f <- eval(call)
  sum2 <- function(x) if (is.matrix(x)) rowSums(x) else x
  list(call = deparse(call), chisq = f$chisq, df = length(f$n[!duplicated(names(f$n))]) - 1, observed = numbers(sum2(f$obs)), expected = numbers(sum2(f$exp)))
}
aj <- function(data) {
  state <- factor(data$status, 0:2, c("censored", "one", "two"))
  f <- survfit(Surv(time, state) ~ 1, data.frame(time = data$time, state))
  list(call = "survfit(Surv(time, factor(status)) ~ 1)", time = numbers(f$time), pstate = numbers(f$pstate), std_err = numbers(f$std.err), n_risk = numbers(f$n.risk[, 1]))
}
curves <- list(
  lung = curve(Surv(time, event) ~ 1, lung), lung_weights = curve(Surv(time, event) ~ 1, lung, lung$w),
  heart = curve(Surv(start, stop, event) ~ 1, heart))
tests <- list(
  sex = logrank(quote(survdiff(Surv(time, event) ~ sex, lung))),
  ecog = logrank(quote(survdiff(Surv(time, event) ~ ph.ecog, lung))),
  ecog_strata = logrank(quote(survdiff(Surv(time, event) ~ ph.ecog + strata(sex), lung))))
save(list(versions = versions, curves = curves,
          rmst = list(rmst(Surv(time, event) ~ 1, lung, 365), rmst(Surv(time, event) ~ 1, lung, 800)),
          logrank = tests, aalen_johansen = aj(pbc)), "curves.json")

# Accelerated failure times.
aft <- function(dist, weighted) {
  lung$case <- if (weighted) lung$w else rep(1, nrow(lung))
  f <- survreg(Surv(time, event) ~ age + sex + ph.ecog, lung, dist = dist, weights = case, control = survreg.control(rel.tolerance = 1e-14, maxiter = 100))
  list(call = sprintf("survreg(Surv(time, event) ~ age + sex + ph.ecog, lung, dist = '%s')", dist), weighted = weighted, dist = dist,
       coef = numbers(coef(f)), scale = f$scale, vcov = numbers(f$var), loglik = numbers(f$loglik),
       quantiles = numbers(predict(f, lung[1:3, ], type = "quantile", p = c(.1, .5, .9))))
}
fits <- c(lapply(c("exponential", "weibull", "lognormal", "loglogistic"), aft, FALSE), lapply(c("weibull", "loglogistic"), aft, TRUE))

# Discrete time: one row per person and 30-day period.
period <- ceiling(churn_1k$time / 30)
rows <- rep(seq_len(nrow(churn_1k)), period)
long <- churn_1k[rows, ]
long$period <- sequence(period)
long$y <- as.numeric(long$period == period[rows] & long$event == 1)
discrete <- function(link) {
  # Fisher scoring converges linearly for the cloglog link and stops on the deviance: go on from there.
  start <- NULL
  for (again in 1:10) {
    f <- glm(y ~ 0 + factor(period) + accuracy + sessions + paid, binomial(link), long, start = start, control = glm.control(epsilon = 1e-14, maxit = 100))
    start <- coef(f)
  }
  list(link = link, call = sprintf("glm(y ~ 0 + factor(period) + accuracy + sessions + paid, binomial('%s'), person-periods)", link),
       coef = numbers(coef(f)), vcov = numbers(vcov(f)), loglik = as.numeric(logLik(f)))
}
# The same with a level for every period of every stratum, an offset, and the sandwich over clusters: scores
# are working residuals times working weights times the design (as sandwich::estfun has them). Cells without
# events have no finite level and are left out.
long$o <- 0.3 * (rows %% 4); long$id <- rows %% 200
cells <- long[ave(long$y, long$period, long$paid, FUN = sum) > 0, ]
cells$cell <- interaction(cells$period, cells$paid, drop = TRUE)
clustered <- function(link) {
  start <- NULL
  for (again in 1:10) {
    f <- glm(y ~ 0 + cell + accuracy + sessions + offset(o), binomial(link), cells, start = start, control = glm.control(epsilon = 1e-14, maxit = 100))
    start <- coef(f)
  }
  score <- model.matrix(f) * (residuals(f, "working") * weights(f, "working"))
  robust <- vcov(f) %*% crossprod(rowsum(score, cells$id)) %*% vcov(f)
  list(link = link, call = sprintf("glm(y ~ 0 + interaction(period, paid) + accuracy + sessions + offset(o), binomial('%s'), person-periods)", link),
       coef = numbers(coef(f)), vcov = numbers(robust), loglik = as.numeric(logLik(f)))
}
save(list(versions = versions, aft = fits, discrete = lapply(c("logit", "cloglog"), discrete), discrete_clustered = lapply(c("logit", "cloglog"), clustered)), "parametric.json")

# Elastic net paths.
path <- function(alpha) {
  x <- as.matrix(churn_1k[, c("accuracy", "sessions", "streak", "latency", "paid", "age", "grade")])
  y <- Surv(churn_1k$time, churn_1k$event)
  g <- glmnet(x, y, family = "cox", alpha = alpha, nlambda = 20, thresh = 1e-16, maxit = 1e7, standardize = TRUE)
  list(alpha = alpha, call = "glmnet(x, y, family = 'cox', alpha, nlambda = 20, thresh = 1e-16)", lambda = numbers(g$lambda), beta = numbers(as.matrix(g$beta)), dev_ratio = numbers(g$dev.ratio))
}
save(list(versions = versions, paths = lapply(c(1, 0.5), path)), "elastic_net.json")
