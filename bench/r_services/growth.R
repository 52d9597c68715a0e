# POST /growth/fit with brms: growth of every student and the chance to reach a goal.
#
# The Stan program is compiled once and kept in MODEL_DIR; a request only samples.

suppressPackageStartupMessages({
  library(brms)
  library(posterior)
})
# Debian's r-cran-bh leaves the headers to libboost-dev.
if (system.file("include", package = "BH") == "") rstan::rstan_options(boost_lib = "/usr/include")

growth_formula <- score ~ week + (week | student_id)

growth_priors <- c(
  prior(normal(0, 1), class = Intercept),
  prior(normal(0, 0.5), class = b),
  prior(cauchy(0, 1), class = sd),
  prior(lkj(1), class = cor),
  prior(student_t(3, 0, 2.5), class = sigma)
)

# A fit without draws: the compiled program, ready for other data.
compiled_growth <- function() {
  few <- expand.grid(week = 0:3, student_id = paste0("s", 1:3))
  few$score <- few$week / 10 + as.integer(factor(few$student_id)) / 5
  brm(growth_formula, few, prior = growth_priors, chains = 0,
      file = file.path(Sys.getenv("MODEL_DIR", "."), "growth-model"),
      silent = 2, refresh = 0)
}

growth_model <- compiled_growth()

# The chance of each student to score at least `target` in the last week plus `horizon`.
goal_chances <- function(fit, rows, target, horizon) {
  students <- unique(rows$student_id)
  at <- data.frame(student_id = students, week = max(rows$week) + horizon)
  mean <- posterior_epred(fit, newdata = at)
  sigma <- as_draws_matrix(fit, variable = "sigma")[, 1]
  chance <- pnorm(target, mean, as.vector(sigma), lower.tail = FALSE)
  dim(chance) <- dim(mean)
  summary_of <- function(j) {
    p <- chance[, j]
    bounds <- unname(quantile(p, c(0.025, 0.975)))
    list(probability = mean(p), uncertainty = sd(p), lower = bounds[1], upper = bounds[2])
  }
  setNames(lapply(seq_along(students), summary_of), students)
}

#* @post /growth/fit
#* @serializer unboxedJSON
function(req) {
  ask <- req$body
  rows <- ask$rows
  fit <- update(growth_model, newdata = rows, recompile = FALSE,
                chains = ask$n_chains, warmup = ask$n_warmup,
                iter = ask$n_warmup + ask$n_samples, seed = ask$seed,
                cores = as.integer(Sys.getenv("CHAIN_CORES", "1")), silent = 2, refresh = 0)
  population <- c("b_Intercept", "b_week", "sd_student_id__Intercept", "sd_student_id__week",
                  "cor_student_id__Intercept__week", "sigma")
  parameters <- summarise_draws(as_draws_array(fit, variable = population))
  divergent <- subset(nuts_params(fit), Parameter == "divergent__")$Value
  list(status = "success", ok = TRUE, n_obs = nrow(rows), parameters = parameters,
       diagnostics = list(rhat = list(max = max(parameters$rhat)),
                          ess_bulk = list(min = min(parameters$ess_bulk)),
                          divergences = sum(divergent)),
       predictions = goal_chances(fit, rows, ask$target_score, ask$horizon_weeks))
}

#* @get /healthz
#* @serializer unboxedJSON
function() list(status = "ok")
