# Sampling a growth model with brms, for bench/growth.py: Rscript growth_brms.R PREPARED.rds
#   compiles the model into the file; with TABLE.csv CHAINS SEED after it, samples and prints JSON.
# Debian: r-cran-brms, r-cran-jsonlite, g++.
suppressMessages({ library(brms); library(posterior); library(jsonlite) })
if (system.file("include", package = "BH") == "") rstan::rstan_options(boost_lib = "/usr/include")
arguments <- commandArgs(trailingOnly = TRUE)
prepared <- arguments[1]
if (length(arguments) == 1) {
  tiny <- data.frame(student = rep(1:3, each = 3), week = rep(0:2, 3), score = c(0.1, 0.2, 0.4, 0, 0.3, 0.2, 0.5, 0.4, 0.8))
  priors <- c(prior(normal(0, 1), class = Intercept), prior(normal(0, 0.5), class = b), prior(cauchy(0, 1), class = sd))
  saveRDS(brm(score ~ week + (week | student), tiny, prior = priors, chains = 0), prepared)
  quit()
}
chains <- as.integer(arguments[3])
started <- Sys.time()
model <- update(readRDS(prepared), newdata = read.csv(arguments[2]), recompile = FALSE, chains = chains,
  iter = 2000, warmup = 1000, cores = 2, seed = as.integer(arguments[4]), refresh = 0)
wall <- as.numeric(difftime(Sys.time(), started, units = "secs"))
draws <- as_draws_array(model)
population <- grep("^(b_|sd_|cor_|sigma)", variables(draws), value = TRUE)
ess <- sapply(population, function(name) ess_bulk(extract_variable_matrix(draws, name)))
times <- rstan::get_elapsed_time(model$fit)
cat(toJSON(list(call_seconds = wall, chains = chains, chain_seconds = rowSums(times), ess_bulk_min = min(ess)),
  auto_unbox = TRUE, digits = NA), "\n")
