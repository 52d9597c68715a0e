# POST /survival/fit with survival::coxph: who falls silent, and when.

library(survival)

#* @post /survival/fit
#* @serializer unboxedJSON list(digits = NA)
function(req) {
  ask <- req$body
  rows <- ask$rows
  covariates <- setdiff(names(rows), c("user_id", "time", "event"))
  formula <- reformulate(covariates, response = "Surv(time, event)")
  fit <- coxph(formula, rows, ties = "efron")
  curve <- survfit(fit)
  silent_by <- function(day) 1 - summary(curve, times = day, extend = TRUE)$surv
  centred <- predict(fit, type = "lp")
  hazard <- exp(centred)
  risk <- 1 - (1 - silent_by(ask$horizon_days))^hazard
  table <- summary(fit)
  list(status = "success", ok = TRUE, n_obs = fit$n, n_events = fit$nevent,
       coefficients = as.list(coef(fit)),
       hazard_ratios = as.list(exp(coef(fit))),
       se = as.list(sqrt(diag(vcov(fit)))),
       concordance = unname(table$concordance[1]),
       predictions = data.frame(user_id = rows$user_id, risk_score = risk,
                                hazard_ratio = hazard,
                                rank_percentile = (rank(risk) - 0.5) / length(risk)),
       survival_curve = data.frame(t = curve$time, S = curve$surv,
                                   S_lower = curve$lower, S_upper = curve$upper))
}

#* @get /healthz
#* @serializer unboxedJSON
function() list(status = "ok")
