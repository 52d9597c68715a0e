# POST /survival/fit with survival::coxph: who falls silent, and when. It answers with the fields of the
# contract; POST /survival/fit/short with less: no risk_scores, summary, model_meta.

library(survival)

MOST_CURVE_POINTS <- 200

estimate <- function(ask) {
  rows <- ask$rows
  covariates <- sort(setdiff(names(rows), c("user_id", "time", "event")), method = "radix")
  formula <- reformulate(covariates, response = "Surv(time, event)")
  fit <- coxph(formula, rows, ties = "efron")
  curve <- survfit(fit)
  silent_by <- function(day) 1 - summary(curve, times = day, extend = TRUE)$surv
  hazard <- exp(predict(fit, type = "lp"))
  risk <- 1 - (1 - silent_by(ask$horizon_days))^hazard
  list(rows = rows, formula = formula, fit = fit, table = summary(fit), curve = curve,
       hazard = hazard, risk = risk)
}

short_answer <- function(found) {
  with(found, list(
    status = "success", ok = TRUE, n_obs = fit$n, n_events = fit$nevent,
    coefficients = as.list(coef(fit)),
    hazard_ratios = as.list(exp(coef(fit))),
    se = as.list(sqrt(diag(vcov(fit)))),
    concordance = unname(table$concordance[1]),
    predictions = data.frame(user_id = rows$user_id, risk_score = risk, hazard_ratio = hazard,
                             rank_percentile = (rank(risk) - 0.5) / length(risk)),
    survival_curve = data.frame(t = curve$time, S = curve$surv,
                                S_lower = curve$lower, S_upper = curve$upper)))
}

# Times of events, evenly spread over their order, the last one among them.
thinned <- function(curve) {
  n <- nrow(curve)
  if (n <= MOST_CURVE_POINTS) return(curve)
  curve[(seq_len(MOST_CURVE_POINTS) * n) %/% MOST_CURVE_POINTS, ]
}

lines_of <- function(table, fit) {
  lines <- cbind(table$coefficients, table$conf.int[, 3:4], fit$means)
  colnames(lines) <- c("coefficient", "hazard_ratio", "se", "z", "p", "hazard_ratio_lower",
                       "hazard_ratio_upper", "mean")
  data.frame(name = rownames(lines), lines, row.names = NULL)
}

contract_answer <- function(found, ask) {
  short <- short_answer(found)
  points <- thinned(short$survival_curve[found$curve$n.event > 0, ])
  with(found, list(
    status = "success", ok = TRUE, run_id = format(Sys.time(), "%Y%m%d-%H%M%OS4"), model = "cox",
    n_obs = fit$n, n_events = fit$nevent,
    coefficients = short$coefficients,
    hazard_ratios = short$hazard_ratios,
    risk_scores = as.list(setNames(risk, rows$user_id)),
    summary = list(coefficients = lines_of(table, fit), risk_range = range(risk)),
    model_meta = list(
      family = "cox", event_threshold_days = 14, horizon_days = ask$horizon_days,
      formula = deparse1(formula), coefficients = short$coefficients,
      hazard_ratios = short$hazard_ratios, se = short$se, concordance = short$concordance,
      n = fit$n, n_events = fit$nevent, ties = "efron", penalty = 0),
    predictions = short$predictions,
    survival_curve = cbind(points, time = points$t, surv = points$S)))
}

#* @post /survival/fit
#* @serializer unboxedJSON list(digits = NA)
function(req) contract_answer(estimate(req$body), req$body)

#* @post /survival/fit/short
#* @serializer unboxedJSON list(digits = NA)
function(req) short_answer(estimate(req$body))

#* @get /healthz
#* @serializer unboxedJSON
function() list(status = "ok")
