# Figures of R survival for the cases that users of other packages stumbled over, and for the tests of the
# command line that use them.
# Rscript reference/survival_cases.R       writes crates/seedtest/tests/binary/cases/survival.json
suppressMessages({ library(survival); library(splines); library(jsonlite) })
dir <- "crates/seedtest/tests/binary/cases"
read <- function(file) read.csv(file.path(dir, file), stringsAsFactors = TRUE)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)
cox <- function(formula, data, ...) do.call(coxph, list(formula, data, control = control, x = TRUE, model = TRUE, ...))
lines <- function(fit) list(coef = I(unname(coef(fit))), se = I(unname(sqrt(diag(vcov(fit))))))
d <- read("followup.csv"); new <- read("new.csv")
for (column in c("g", "st")) new[[column]] <- factor(new[[column]], levels(d[[column]]))

parametric <- function(formula, data, dist) {
  f <- survreg(formula, data, dist = dist, control = survreg.control(rel.tolerance = 1e-14, maxiter = 100))
  s <- f$scale; v <- vcov(f); log_scale <- if (dist == "exponential") NA else sqrt(v["Log(scale)", "Log(scale)"])
  proportional <- dist %in% c("weibull", "exponential")
  b <- coef(f)[-1]
  se <- sapply(names(b), function(n) {
    if (!proportional || dist == "exponential") return(sqrt(v[n, n]))
    g <- c(-1 / s, b[n] / s); sqrt(drop(g %*% v[c(n, "Log(scale)"), c(n, "Log(scale)")] %*% g))
  })
  list(coef = I(unname(if (proportional) -b / s else b)), se = I(unname(se)), intercept = unname(coef(f)[1]),
       intercept_se = unname(sqrt(v[1, 1])), scale = s, scale_se = s * log_scale, loglik = f$loglik[2], loglik_null = f$loglik[1])
}
strong <- read("strong_effect.csv"); all <- read("all_events.csv"); tied <- read("tied.csv"); small <- d[1:8, ]
distributions <- c("exponential", "weibull", "lognormal", "loglogistic")
surv <- function(fit, times) t(sapply(seq_len(nrow(new)), function(i)
  summary(survfit(fit, newdata = new[i, , drop = FALSE]), times = times, extend = TRUE)$surv))
concordances <- function(fit) { found <- concordance(fit); c(unname(found$concordance), sqrt(found$var)) }

# Weights that are no counts: robust errors and the robust score test.
km <- survfit(Surv(time, event) ~ g, d, weights = z, robust = TRUE, conf.type = "log-log")
at <- summary(km, times = c(10, 20, 30))
weighted <- coxph(Surv(time, event) ~ g, d, weights = z, ties = "breslow", robust = TRUE, cluster = seq_len(nrow(d)), control = control)

curve <- function(formula, data, times, ...) {
  f <- do.call(survfit, list(formula, data, conf.type = "log-log", ...))
  s <- summary(f, times = times, extend = TRUE)
  list(surv = I(s$surv), lower = I(s$lower), median = unname(quantile(f, .5)$quantile))
}
ties <- data.frame(time = c(1, 2, 2, 3, 3, 3, 4), event = c(1, 1, 0, 0, 1, 1, 0), w = c(2, 1, 3, 1, 1, 2, 5))
late <- data.frame(start = c(0, 5, 5, 6, 7, 8), time = c(2, 9, 10, 11, 12, 13), event = c(1, 1, 0, 1, 1, 0))
early <- data.frame(start = c(0, 1, 1, 6, 7, 8), time = c(3, 9, 10, 11, 12, 13), event = c(1, 1, 0, 1, 1, 0))

formulas <- c("ns(z, 3)", "bs(z, 3)", "poly(z, 2)", "relevel(g, 'mid')", "x * strata(sex)", "x + strata(st) + strata(sex)",
              "x * g + factor(sex)", "x + I(x^2) + log(z + 1)")
write_json(list(
  all_events = list(cox = lines(cox(Surv(time, event) ~ x, all)), weibull = parametric(Surv(time, event) ~ x, all, "weibull")),
  strong_effect = sapply(distributions, function(dist) parametric(Surv(time, event) ~ x, strong, dist), simplify = FALSE),
  weights = list(time = I(at$time), group = I(as.character(at$strata)), surv = I(at$surv), lower = I(at$lower), upper = I(at$upper),
                 score = unname(as.numeric(weighted$rscore))),
  concordance = list(plain = concordances(cox(Surv(time, event) ~ x, tied)), strata = concordances(cox(Surv(time, event) ~ x + strata(st), tied)),
                     weights = concordances(cox(Surv(time, event) ~ x, tied, weights = tied$w)),
                     breslow = concordances(cox(Surv(time, event) ~ x, tied, ties = "breslow"))),
  time_zero = lines(cox(Surv(time, event) ~ x, read("time_zero.csv"))),
  eight_rows = lines(cox(Surv(time, event) ~ x, small)),
  clusters = list(cox = lines(cox(Surv(time, event) ~ x, d, cluster = d$cl %% 20)), naive = sqrt(cox(Surv(time, event) ~ x, d, cluster = d$cl %% 20)$naive.var[1])),
  survival = list(times = c(7, 14, 30), plain = surv(cox(Surv(time, event) ~ x + z + g, d), c(7, 14, 30)),
                  strata = surv(cox(Surv(time, event) ~ x + strata(st), d), c(7, 14, 30)),
                  two_strata = surv(cox(Surv(time, event) ~ x + strata(st) + strata(sex), d), c(7, 14)),
                  weights = surv(cox(Surv(time, event) ~ x + z, d, weights = d$w), c(7, 14, 30)),
                  offset = surv(cox(Surv(time, event) ~ x + offset(x / 2), d), c(7, 14, 30))),
  curves = list(ties = curve(Surv(time, event) ~ 1, ties, 1:4), counts = curve(Surv(time, event) ~ 1, ties, 1:4, weights = ties$w),
                late = curve(Surv(start, time, event) ~ 1, late, c(1, 2, 3, 9, 11, 12)),
                early = curve(Surv(start, time, event) ~ 1, early, c(1, 2, 3, 9, 11, 12))),
  formulas = sapply(formulas, function(f) lines(cox(as.formula(paste("Surv(time, event) ~", f)), d)), simplify = FALSE)
), file.path(dir, "survival.json"), digits = I(15), auto_unbox = TRUE, pretty = TRUE, na = "null")
