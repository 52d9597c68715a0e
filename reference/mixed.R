# Mixed models as lme4 fits them, for the tests of crates/mixed.
# Rscript reference/mixed.R > crates/mixed/tests/golden/mixed.json
# The default searches of lme4 stop early: every fit is continued with minqa::bobyqa to a trust region of
# 1e-9, and the inner iterations of glmer to 1e-12, so that the figures are those of the optimum.
invisible(Sys.setlocale("LC_ALL", "C"))
suppressPackageStartupMessages({library(lme4); library(jsonlite)})

tight_lmer <- function(f, d, REML = TRUE, weights = NULL) {
  d$w.. <- if (is.null(weights)) 1 else weights
  lf <- lFormula(f, d, REML = REML, weights = w.., control = lmerControl(check.nobs.vs.nRE = "ignore"))
  dev <- do.call(mkLmerDevfun, lf)
  env <- environment(dev)
  start <- optimizeLmer(dev)$par
  opt <- if (length(start) > 1) minqa::bobyqa(start, dev, lower = env$lower, control = list(rhobeg = 2e-3, rhoend = 1e-9, maxfun = 20000)) else {
    o <- optimize(dev, c(max(0, start - 0.05), start + 0.05), tol = 1e-11)
    list(par = o$minimum, fval = o$objective, conv = 0, message = NULL)
  }
  if (length(start) == 1 && dev(0) <= opt$fval + 1e-9) opt$par <- 0
  opt$fval <- dev(opt$par)
  list(model = mkMerMod(env, list(par = opt$par, fval = opt$fval, conv = 0, message = NULL), lf$reTrms, fr = lf$fr), value = opt$fval)
}
describe <- function(m, name, formula, extra = list()) {
  re <- ranef(m, condVar = TRUE)
  groups <- lapply(names(re), function(g) {
    pv <- attr(re[[g]], "postVar")
    if (is.list(pv)) pv <- NULL
    list(group = g, levels = I(rownames(re[[g]])), effects = I(names(re[[g]])), modes = as.numeric(t(as.matrix(re[[g]]))),
         variances = if (is.null(pv)) NULL else as.numeric(pv))
  })
  vc <- as.data.frame(VarCorr(m))
  c(list(name = name, formula = formula, theta = as.list(getME(m, "theta")), fixef = as.list(fixef(m)),
       se = I(as.numeric(sqrt(diag(as.matrix(vcov(m)))))), sigma = sigma(m), loglik = as.numeric(logLik(m)),
       aic = AIC(m), bic = BIC(m), groups = groups, varcorr = vc[, c("grp", "var1", "var2", "sdcor")],
       fitted = as.numeric(fitted(m)[1:5])), extra)
}
one_lmer <- function(name, text, d, REML = TRUE, weights = NULL) {
  f <- as.formula(text)
  t <- tight_lmer(f, d, REML, weights)
  m <- t$model
  describe(m, name, text, list(reml = REML, criterion = t$value, data = name))
}
set.seed(20261129)
growth <- do.call(rbind, lapply(1:40, function(s) {
  u <- c(rnorm(1, 0, 0.5), rnorm(1, 0, 0.04))
  w <- sort(sample(0:11, 8))
  data.frame(student = sprintf("s%02d", s), week = w, topic = sample(c("t1", "t2", "t3", "t4", "t5"), 8, TRUE), score = round(0.1 + u[1] + (0.05 + u[2]) * w + rnorm(8, 0, 0.3), 5))
}))
growth$score <- growth$score + c(t1 = -0.4, t2 = 0.1, t3 = 0.3, t4 = -0.1, t5 = 0.2)[growth$topic]
growth$trust <- round(runif(nrow(growth), 0.5, 2), 3)
growth$shift <- round(rnorm(nrow(growth)), 3)
counts <- local({
  g <- rep(1:25, each = 6); x <- round(rnorm(150), 3); h <- rep(1:10, 15)
  eta <- 0.5 + 0.4 * x + rnorm(25, 0, 0.6)[g] + rnorm(10, 0, 0.3)[h]
  data.frame(g = sprintf("g%02d", g), h = sprintf("h%02d", h), x = x, y = rpois(150, exp(eta)), nb = rnbinom(150, size = 1.7, mu = exp(eta)),
             bin = rbinom(150, 1, plogis(eta - 0.5)))
})
num <- function(d) as.list(data.frame(lapply(d, function(c) if (is.factor(c)) as.character(c) else c), stringsAsFactors = FALSE, check.names = FALSE))
machines <- as.data.frame(nlme::Machines); machines$Worker <- as.character(machines$Worker); machines$Machine <- as.character(machines$Machine)
data <- list(sleepstudy = sleepstudy, penicillin = Penicillin, cbpp = cbpp, pastes = Pastes[, c("strength", "batch", "cask")],
             dyestuff2 = Dyestuff2, machines = machines, growth = growth, counts = counts)
data <- lapply(data, function(d) data.frame(lapply(d, function(c) if (is.factor(c)) as.character(c) else c), stringsAsFactors = FALSE))
lmm <- list(
  one_lmer("sleepstudy", "Reaction ~ Days + (Days | Subject)", data$sleepstudy),
  one_lmer("sleepstudy", "Reaction ~ Days + (Days | Subject)", data$sleepstudy, FALSE),
  one_lmer("sleepstudy", "Reaction ~ Days + (Days || Subject)", data$sleepstudy),
  one_lmer("sleepstudy", "Reaction ~ Days + (1 | Subject)", data$sleepstudy),
  one_lmer("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", data$penicillin),
  one_lmer("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", data$penicillin, FALSE),
  one_lmer("pastes", "strength ~ 1 + (1 | batch/cask)", data$pastes),
  one_lmer("dyestuff2", "Yield ~ 1 + (1 | Batch)", data$dyestuff2),
  one_lmer("machines", "score ~ Machine + (Machine | Worker)", data$machines),
  one_lmer("growth", "score ~ week + (week | student) + (1 | topic)", data$growth),
  one_lmer("growth", "score ~ week + (week | student) + (1 | topic)", data$growth, FALSE),
  one_lmer("growth", "score ~ week + (1 | topic) + (1 | topic:student)", data$growth, FALSE),
  one_lmer("growth", "score ~ week + offset(shift) + (week | student)", data$growth, TRUE, growth$trust)
)
tight_glmer <- function(f, d, family, nAGQ = 1L, weights = NULL) {
  d$w.. <- if (is.null(weights)) 1 else weights
  gf <- glFormula(f, d, family = family, weights = w..)
  dev <- do.call(mkGlmerDevfun, c(gf, list(control = glmerControl(tolPwrss = 1e-12))))
  o <- optimizeGlmer(dev, stage = 1)
  rho <- environment(dev)
  dev <- updateGlmerDevfun(dev, gf$reTrms, nAGQ = nAGQ)
  o <- optimizeGlmer(dev, stage = 2, start = o$par)
  b <- minqa::bobyqa(o$par, dev, lower = rho$lower, control = list(rhobeg = 2e-3, rhoend = 1e-8, maxfun = 50000))
  v <- dev(b$par)
  m <- mkMerMod(rho, list(par = b$par, fval = v, conv = 0, message = NULL), gf$reTrms, fr = gf$fr)
  m@call <- quote(glmer()); list(model = m, value = v)
}
one_glmer <- function(name, text, d, family, label, link, nAGQ = 1L, weights = NULL, wname = NULL) {
  t <- tight_glmer(as.formula(text), d, family, nAGQ, weights)
  m <- t$model
  out <- describe(m, name, text, list(family = label, link = link, agq = nAGQ, criterion = t$value, data = name, weights = wname))
  # The standard errors from second differences of the deviance (use.hessian) and from RX.
  out$se_rx <- I(as.numeric(sqrt(diag(as.matrix(vcov(m, use.hessian = FALSE))))))
  out
}
cb <- "cbind(incidence, size - incidence) ~ period + (1 | herd)"
nb <- suppressWarnings(glmer.nb(nb ~ x + (1 | g), data$counts, control = glmerControl(tolPwrss = 1e-10)))
glmm <- list(
  one_glmer("cbpp", cb, data$cbpp, binomial(), "binomial", "logit"),
  one_glmer("cbpp", cb, data$cbpp, binomial(), "binomial", "logit", 9L),
  one_glmer("cbpp", cb, data$cbpp, binomial("probit"), "binomial", "probit"),
  one_glmer("cbpp", cb, data$cbpp, binomial("cloglog"), "binomial", "cloglog"),
  one_glmer("counts", "y ~ x + (1 | g) + (1 | h)", data$counts, poisson(), "poisson", "log"),
  one_glmer("counts", "y ~ x + (x | g)", data$counts, poisson(), "poisson", "log"),
  one_glmer("counts", "y ~ x + (1 | g)", data$counts, poisson(), "poisson", "log", 15L),
  one_glmer("counts", "bin ~ x + (1 | g) + (1 | h)", data$counts, binomial(), "binomial", "logit"),
  one_glmer("counts", "bin ~ x + (1 | g)", data$counts, binomial(), "binomial", "logit", 11L)
)
negative <- list(formula = "nb ~ x + (1 | g)", size = getME(nb, "glmer.nb.theta"), fixef = as.list(fixef(nb)), theta = as.list(getME(nb, "theta")), loglik = as.numeric(logLik(nb)))
# Weights of counts, of proportions, of single answers: what dbinom() adds to the log-likelihood.
cbpp_w <- transform(data$cbpp, share = incidence / size, twice = rep(1:3, length.out = nrow(cbpp)))
counts_w <- transform(data$counts, twice = rep(1:3, length.out = nrow(counts)), miss = 1 - bin)
weighted <- list(
  one_glmer("cbpp", cb, cbpp_w, binomial(), "binomial", "logit", weights = cbpp_w$twice, wname = "twice"),
  one_glmer("cbpp", "share ~ period + (1 | herd)", cbpp_w, binomial(), "binomial", "logit", weights = cbpp_w$size, wname = "size"),
  one_glmer("counts", "cbind(bin, miss) ~ x + (1 | g)", counts_w, binomial(), "binomial", "logit", weights = counts_w$twice, wname = "twice"),
  one_glmer("counts", "bin ~ x + (1 | g)", counts_w, binomial(), "binomial", "logit", weights = counts_w$twice, wname = "twice"),
  one_glmer("counts", "y ~ x + (1 | g)", counts_w, poisson(), "poisson", "log", weights = counts_w$twice, wname = "twice")
)
weighted <- lapply(weighted, function(m) m[c("formula", "data", "family", "link", "weights", "loglik", "fixef", "theta")])
# Slopes over calendar years, which optimizers find hard: lme4 from the centred fit, moved to year 0.
years <- local({
  set.seed(7)
  g <- rep(1:60, each = 7); year <- rep(2019:2025, 60)
  u <- matrix(rnorm(120), 60) %*% diag(c(0.5, 0.12))
  data.frame(g = sprintf("g%02d", g), year = year, y = round(1 + 0.05 * (year - 2022) + u[g, 1] + u[g, 2] * (year - 2022) + rnorm(420, 0, 0.3), 5))
})
centred <- tight_lmer(y ~ I(year - 2022) + (I(year - 2022) | g), years)$model
moved <- local({
  B <- matrix(c(1, 0, -2022, 1), 2); G <- B %*% matrix(as.numeric(VarCorr(centred)$g), 2) %*% t(B)
  V <- B %*% as.matrix(vcov(centred)) %*% t(B)
  list(formula = "y ~ year + (year | g)", criterion = as.numeric(REMLcrit(centred)), sigma = sigma(centred), sd = I(sqrt(diag(G))), cor = cov2cor(G)[1, 2],
       theta = I(as.numeric(t(chol(G))[lower.tri(G, TRUE)]) / sigma(centred)), fixef = I(as.numeric(B %*% fixef(centred))), se = I(sqrt(diag(V))),
       mode = I(as.numeric(B %*% t(as.matrix(ranef(centred)$g)["g05", , drop = FALSE]))))
})
profile_ci <- function(text, d) { m <- lmer(as.formula(text), d, REML = FALSE); ci <- suppressWarnings(suppressMessages(confint(m, method = "profile", quiet = TRUE))); list(formula = text, rows = rownames(ci), low = as.numeric(ci[, 1]), high = as.numeric(ci[, 2])) }
profiles <- list(profile_ci("Reaction ~ Days + (Days | Subject)", data$sleepstudy), profile_ci("diameter ~ 1 + (1 | plate) + (1 | sample)", data$penicillin))
for (i in seq_along(profiles)) profiles[[i]]$data <- c("sleepstudy", "penicillin")[i]
cat(toJSON(list(tool = paste(R.version.string, "lme4", packageVersion("lme4")),
  data = lapply(data, num), lmm = lmm, glmm = glmm, negative_binomial = negative, weighted = weighted,
  years = list(data = num(years), fit = moved), profiles = profiles), digits = NA, auto_unbox = TRUE, null = "null"), "\n")
