# Polychoric correlations and bivariate normal probabilities that crates/irt/tests/golden/dimensions.rs is measured
# against: mvtnorm's TVPACK (Genz 2004) for probabilities, thresholds from the margins, and the correlation by maximum
# likelihood (optimize to 1e-10). polycor::polychor is compared beside: its search stops at 1e-4.
#
#   Rscript reference/polychoric.R > crates/irt/tests/golden/data/polychoric.json
suppressMessages({library(mvtnorm); library(polycor); library(jsonlite)})

file <- gzfile("crates/irt/tests/golden/data/items_mixed.txt.gz")
lines <- readLines(file)
close(file)
scores <- do.call(rbind, lapply(strsplit(lines[1:600], ""), as.integer))
chosen <- c(1, 2, 5, 20, 21, 24, 27, 30)

below <- function(h, k, rho) {
  if (h == -Inf || k == -Inf) return(0)
  if (h == Inf) return(pnorm(k))
  if (k == Inf) return(pnorm(h))
  as.numeric(pmvnorm(upper = c(h, k), corr = matrix(c(1, rho, rho, 1), 2), algorithm = TVPACK(1e-14)))
}
rectangle <- function(low, high, rho)
  below(high[1], high[2], rho) - below(low[1], high[2], rho) -
    below(high[1], low[2], rho) + below(low[1], low[2], rho)

two_step <- function(x, y) {
  n <- table(x, y)
  cut <- function(margin) c(-Inf, qnorm(head(cumsum(margin), -1) / sum(margin)), Inf)
  a <- cut(rowSums(n)); b <- cut(colSums(n))
  minus <- function(rho) {
    p <- outer(seq_len(nrow(n)), seq_len(ncol(n)), Vectorize(function(i, j)
      rectangle(c(a[i], b[j]), c(a[i + 1], b[j + 1]), rho)))
    -sum(n[n > 0] * log(p[n > 0]))
  }
  optimize(minus, c(-0.999, 0.999), tol = 1e-10)$minimum
}

pairs <- t(combn(seq_along(chosen), 2))
rho <- apply(pairs, 1, function(k) two_step(scores[, chosen[k[1]]], scores[, chosen[k[2]]]))
peer <- apply(pairs, 1, function(k) polychor(scores[, chosen[k[1]]], scores[, chosen[k[2]]]))

grid <- expand.grid(h = c(-2.5, -0.4, 0, 1.3), k = c(-1.7, 0.2, 0.9), rho = c(-0.97, -0.5, 0, 0.3, 0.8, 0.95, 0.995))
p <- apply(grid, 1, function(g) below(g[1], g[2], g[3]))

cat(toJSON(list(
  origin = paste("mvtnorm", packageVersion("mvtnorm"), "polycor", packageVersion("polycor"), R.version.string),
  students = 600, items = chosen - 1, correlation = rho, polycor_max_difference = max(abs(rho - peer)),
  h = grid$h, k = grid$k, rho = grid$rho, p = p), digits = 15, auto_unbox = TRUE))
