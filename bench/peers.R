# One fit by an R package, in a process of its own: Rscript peers.R NAME FILE FORMULA
# Reads the file, fits, and prints one line of JSON: the seconds of the fitting call, and what it found.
arguments <- commandArgs(trailingOnly = TRUE)
name <- arguments[1]; formula <- as.formula(arguments[3])
suppressMessages(library(if (name == "coxph") "survival" else "lme4", character.only = TRUE))
data <- read.csv(arguments[2], stringsAsFactors = name != "coxph")
seconds <- system.time(fit <- suppressWarnings(switch(name,
  coxph = coxph(formula, data = data, ties = "efron"),
  lmer = lmer(formula, data),
  glmer = glmer(formula, data, family = binomial))))[["elapsed"]]
found <- if (name == "coxph") fit$loglik[2] else -2 * as.numeric(logLik(fit))
cat(sprintf('{"fit_seconds": %.4f, "criterion": %.9f}\n', seconds, found))
