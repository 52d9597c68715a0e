# Posteriors of R brms for the tests of crates/growth.
# Rscript reference/growth.R [CASE …]     writes crates/growth/tests/golden/brms/CASE.json, all by default
# Debian: r-cran-brms, r-cran-jsonlite, g++. A case takes a minute, growth_1000 half an hour.
suppressMessages({ library(brms); library(posterior); library(jsonlite) })
# Debian keeps Boost outside of the R package BH.
if (system.file("include", package = "BH") == "") rstan::rstan_options(boost_lib = "/usr/include")
golden <- "crates/growth/tests/golden"
table_of <- function(file) read.csv(file.path(golden, "data", file))

# Simulated tables for the other families; fixed by the seed, written once so that both sides see them.
simulate <- function() {
  set.seed(20240817)
  n <- 50; weeks <- 0:7
  d <- expand.grid(week = weeks, student = seq_len(n))
  d <- d[runif(nrow(d)) < 0.85, c("student", "week")]
  u0 <- rnorm(n, 0, 0.6); u1 <- rnorm(n, 0, 0.08)
  line <- 0.2 + 0.1 * d$week + u0[d$student] + u1[d$student] * d$week
  outliers <- cbind(d, score = round(line + 0.3 * rt(nrow(d), 3), 5))
  trials <- 1 + rpois(nrow(d), 7)
  correct <- rbinom(nrow(d), trials, plogis(line))
  counts <- cbind(d, correct = correct, trials = trials)
  answers <- cbind(d, correct = rbinom(nrow(d), 1, plogis(1.5 * line)))
  se <- round(runif(nrow(d), 0.05, 0.6), 3)
  measured <- cbind(d, score = round(line + rnorm(nrow(d), 0, sqrt(0.3^2 + se^2)), 5), se = se)
  tables <- list(outliers = outliers, counts = counts, answers = answers, measured = measured)
  for (name in names(tables)) {
    write.csv(tables[[name]], file.path(golden, "data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
  }
}
if (!file.exists(file.path(golden, "data", "counts.csv"))) simulate()

contract <- c(prior(normal(0, 1), class = Intercept), prior(normal(0, 0.5), class = b), prior(cauchy(0, 1), class = sd))
case <- function(data, formula, family = gaussian(), priors = contract, adapt_delta = 0.9) {
  list(data = data, formula = formula, family = family, priors = priors, adapt_delta = adapt_delta)
}
cases <- list(
  growth_100 = case("growth_100.csv", score ~ week + (week | student)),
  growth_100_independent = case("growth_100.csv", score ~ week + (week || student)),
  growth_100_intercept = case("growth_100.csv", score ~ week + (1 | student)),
  growth_1000 = case("growth_1000.csv.gz", score ~ week + (week | student)),
  sleepstudy = case("sleepstudy.csv", Reaction ~ Days + (Days | Subject), priors = NULL),
  measured = case("measured.csv", score | se(se, sigma = TRUE) ~ week + (week | student)),
  outliers = case("outliers.csv", score ~ week + (week | student), student()),
  counts = case("counts.csv", correct | trials(trials) ~ week + (week | student), binomial()),
  answers = case("answers.csv", correct ~ week + (week | student), bernoulli(), adapt_delta = 0.99))

fit <- function(name) {
  this <- cases[[name]]
  model <- brm(this$formula, table_of(this$data), this$family, this$priors,
    chains = 4, iter = 3000, warmup = 1000, seed = 20261121, cores = 2, refresh = 0,
    control = list(adapt_delta = this$adapt_delta))
  draws <- as_draws_array(model)
  names <- variables(draws)
  groups <- grep("^r_", names, value = TRUE)
  first <- groups[sub(".*\\[([0-9]+),.*", "\\1", groups) %in% sub(".*\\[([0-9]+),.*", "\\1", head(groups, 5))]
  population <- setdiff(names, c(groups, "lp__", "lprior", grep("^z_|^L_", names, value = TRUE)))
  figures <- function(variable) {
    x <- extract_variable_matrix(draws, variable)
    at <- c(0.025, 0.5, 0.975)
    list(variable = variable, mean = mean(x), sd = sd(x), quantiles = unname(quantile(x, at)),
      mcse_mean = mcse_mean(x), mcse_sd = mcse_sd(x), mcse_quantiles = unname(mcse_quantile(x, at)),
      rhat = rhat(x), ess_bulk = ess_bulk(x))
  }
  priors <- prior_summary(model)
  priors <- priors[priors$prior != "", ]
  out <- list(
    versions = list(R = R.version.string, brms = as.character(packageVersion("brms")), rstan = as.character(packageVersion("rstan")), posterior = as.character(packageVersion("posterior"))),
    call = paste("brm(", deparse1(this$formula), ", family =", this$family$family, ", chains = 4, iter = 3000, warmup = 1000, seed = 20261121)"),
    data = this$data, priors = paste(priors$class, priors$coef, priors$prior),
    divergences = sum(subset(nuts_params(model), Parameter == "divergent__")$Value),
    probabilities = c(0.025, 0.5, 0.975), summary = lapply(population, figures), students = lapply(first, figures))
  write_json(out, file.path(golden, "brms", paste0(name, ".json")), digits = NA, auto_unbox = TRUE, pretty = TRUE)
}
wanted <- commandArgs(trailingOnly = TRUE)
for (name in if (length(wanted)) wanted else names(cases)) {
  print(name)
  fit(name)
}
