# Forecasts of a series, with the points that were unusual.

st_forecast <- function(data, time = "ds", value = "y", horizon = NULL, freq = NULL, model = NULL,
                        interval = NULL, anomaly_threshold = NULL, options = NULL, future = NULL,
                        regressors = NULL, country_holidays = NULL) {
  call <- match.call()
  wanted <- c(list(ds = time, y = value), setNames(as.list(regressors), regressors))
  rows <- columns_of(data, wanted)
  settings <- list(
    opt("--horizon", "horizon", horizon),
    opt("--freq", "freq", freq),
    opt("--model", NULL, model),
    opt("--interval", "interval_width", interval),
    opt("--anomaly-threshold", "anomaly_threshold", anomaly_threshold),
    opt("--options", "options", options, "json"),
    opt("--future", "future", future_of(future, time), "rows"),
    opt("--country-holidays", NULL, country_holidays))
  answer <- ask(c("fit", "prophet"), "/prophet/fit", rows, settings)
  fit <- as_fit(answer, "st_forecast", call, data = rows, title = paste("Forecast:", answer$result$headline))
  fit$time <- time
  fit
}

future_of <- function(future, time) {
  if (is.null(future)) return(NULL)
  columns_of(future, list(time = time))
  names(future)[names(future) == time] <- "ds"
  future
}

predict.st_forecast <- function(object, periods = NULL, freq = NULL, future = NULL, ...) {
  if (is.null(periods) && is.null(freq) && is.null(future)) return(points_of(object$result$forecast))
  from <- if (nzchar(object$via)) opt_service("run_id", object$result$run_id)
          else opt("--model", NULL, raw_json(object$json), "file")
  answer <- ask(c("predict", "prophet"), "/prophet/predict", via = object$via, options = list(
    from, opt("--periods", "periods", periods), opt("--freq", "freq", freq),
    opt("--future", "future", future_of(future, object$time), "rows")))
  points_of(answer$result$forecast)
}

points_of <- function(points) {
  points[intersect(c("ds", "yhat", "yhat_lower", "yhat_upper"), names(points))]
}
