# Figures of R posterior and loo for the tests of crates/numerics.
# Rscript reference/diagnostics.R       writes crates/numerics/tests/golden/diagnostics.json
# Draws are rounded to four decimals, so that the file holds exactly what both sides saw.
suppressMessages({ library(posterior); library(loo); library(jsonlite) })
set.seed(20240611)
n <- 200
ar <- function(rho, n = 200) as.numeric(stats::filter(rnorm(n + 50), rho, "recursive"))[51:(n + 50)]
chains <- function(f, n_chains = 4) round(sapply(seq_len(n_chains), f), 4)
cases <- list(
  independent = chains(function(i) rnorm(n)),
  autocorrelated = chains(function(i) ar(0.8)),
  antithetic = chains(function(i) ar(-0.6)),
  shifted = chains(function(i) ar(0.3) + (i == 4)),
  wider = chains(function(i) rnorm(n) * (1 + 2 * (i == 2))),
  cauchy = chains(function(i) rcauchy(n)),
  odd_length = chains(function(i) ar(0.5, 101)),
  whole_numbers = chains(function(i) rpois(n, 2)),
  hardly_moving = chains(function(i) cumsum(rnorm(n)) / 5),
  one_chain = chains(function(i) ar(0.5), 1))
p <- c(0.05, 0.5, 0.9)
summarise <- function(x) list(
  draws = lapply(seq_len(ncol(x)), function(j) x[, j]),
  rhat = rhat(x), ess_bulk = ess_bulk(x), ess_tail = ess_tail(x), ess_mean = ess_mean(x),
  ess_quantile = unname(ess_quantile(x, p)), mcse_mean = mcse_mean(x), mcse_sd = mcse_sd(x),
  mcse_quantile = unname(mcse_quantile(x, p)))
# Log-likelihoods of observations under the draws of a normal mean; the last observation is far out.
mu <- cases$autocorrelated / 5
y <- c(0.1, -0.4, 1.2, 2.5, 6)
log_lik <- array(NA, c(n, 4, length(y)))
for (i in seq_along(y)) log_lik[, , i] <- round(dnorm(y[i], mu, 1, log = TRUE), 6)
# Heavy-tailed ratios.
log_lik[, , 4] <- round(-1.2 * abs(cases$autocorrelated), 6)
r_eff <- relative_eff(exp(log_lik))
fit <- suppressWarnings(loo(log_lik, r_eff = r_eff))
weights <- weights(suppressWarnings(psis(-log_lik, r_eff = r_eff)), normalize = TRUE, log = TRUE)
out <- list(
  versions = list(R = R.version.string, posterior = as.character(packageVersion("posterior")), loo = as.character(packageVersion("loo"))),
  quantiles = p, cases = suppressWarnings(lapply(cases, summarise)),
  loo = list(
    log_lik = lapply(seq_along(y), function(i) lapply(1:4, function(j) log_lik[, j, i])),
    r_eff = r_eff, elpd = fit$pointwise[, "elpd_loo"], p_loo = fit$pointwise[, "p_loo"],
    mcse = fit$pointwise[, "mcse_elpd_loo"], pareto_k = fit$diagnostics$pareto_k,
    n_eff = fit$diagnostics$n_eff, estimates = fit$estimates, first_weights = weights[1:8, ]))
write_json(out, "crates/numerics/tests/golden/diagnostics.json", digits = NA, auto_unbox = TRUE)
