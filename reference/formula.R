# Terms and model matrices as R makes them, for the tests of crates/formula.
# Rscript reference/formula.R > crates/formula/tests/golden/formulas.json
# LC_ALL=C so that levels sort by bytes.
invisible(Sys.setlocale("LC_ALL", "C"))
library(jsonlite)
library(splines)
d <- data.frame(
  y = c(1.5, 0.2, 3.1, 2.2, 5.0, 4.4, 0.7, 2.9),
  x = c(1, 2, 3, 4, 5, 7, 6, 2.5),
  z = c(0.5, 0.25, 2, 1, 4, 3, 0.125, 1.5),
  week.no = c(1, 2, 10, 2, 1, 10, 2, 10),
  Gender = c("M", "F", "F", "M", "M", "F", "M", "F"),
  group = c("b", "a", "c", "a", "c", "b", "B", "c"),
  status = c(1, 2, 2, 1, 2, 1, 2, 2),
  check.names = FALSE, stringsAsFactors = FALSE
)
d$`my col` <- d$x * 2
d$`my kind` <- c("u", "v", "u", "v", "v", "u", "v", "u")
formulas <- c(
  "y ~ x", "y ~ 1 + x", "y ~ 0 + x", "y ~ x - 1", "y ~ x + 0", "y ~ 1", "~ x + Gender",
  "y ~ Gender", "y ~ 0 + Gender", "y ~ 0 + Gender + group", "y ~ group - 1 + x",
  "y ~ x + Gender + x:Gender", "y ~ x * Gender", "y ~ Gender * group", "y ~ x:Gender",
  "y ~ Gender:group", "y ~ x + x:Gender", "y ~ 0 + x + x:Gender", "y ~ Gender:x + x",
  "y ~ Gender + Gender:group", "y ~ group + Gender:group", "y ~ 0 + Gender:group",
  "y ~ x * z * Gender", "y ~ (x + z + Gender)^2", "y ~ (x + z + Gender)^2 - x:z",
  "y ~ (x + Gender)^3", "y ~ x * Gender - x", "y ~ x * Gender - Gender", "y ~ Gender/x",
  "y ~ x/z", "y ~ (x + z)/Gender", "y ~ x/z/Gender", "y ~ z %in% x + x",
  "y ~ I(x^2)", "y ~ x + I(x^2) + I((x + z)/2)", "y ~ I(x*2) + I(-x+z)", "y ~ log(x) + sqrt(z)",
  "y ~ exp(z) + log(x + 1) + abs(z - 2)", "log(y) ~ x + log2(z) + log10(x) + log1p(z) + expm1(z)",
  "y ~ factor(week.no)", "y ~ x:factor(week.no) + week.no", "y ~ I(x > 3)", "y ~ x + I(x > 3):z",
  "y ~ `my col` + `my kind`", "y ~ `my col`:`my kind`", "y ~ `x` + z", "y ~ x + x + x:x",
  "y ~ b1 + x - b1 - x + x", "y ~ x - 1 + 1", "y ~ -1 + x + Gender", "y ~ (x + 0) * Gender",
  "y ~ x + offset(z)", "y ~ offset(log(z)) + Gender + offset(x)", "y ~ I(x * 1e5) + I(x * 0.1)",
  "y ~ poly(x, 2)", "y ~ poly(x, 3) * Gender", "y ~ poly(x, degree = 1)", "y ~ poly(x, 2, raw = TRUE) + z",
  "y ~ ns(x, df = 3)", "y ~ ns(x, 2):Gender + x", "y ~ bs(x, df = 5)", "y ~ bs(x, degree = 2, knots = c(2.5, 4))",
  "y ~ ns(z, knots = c(1, 2), Boundary.knots = c(0.2, 3.5))", "y ~ bs(z, 4, intercept = TRUE) - 1", "y ~ ns(x)", "y ~ ns(x, df = 3, intercept = TRUE) + 0",
  "y ~ relevel(factor(group), ref = \"b\")", "y ~ relevel(factor(week.no), ref = \"2\") * x", "log(y) ~ poly(log(x), 2)",
  "y ~ I(x/z^2) + I(2^-x)", "y ~ I(Gender == \"M\") + x", "I(y > 2) ~ x", "y ~ Gender:x:group + x"
)
d$b1 <- d$x
one <- function(text) {
  f <- as.formula(text)
  environment(f) <- globalenv()
  tt <- terms(f)
  mf <- model.frame(f, d)
  m <- model.matrix(tt, mf)
  list(formula = text, intercept = attr(tt, "intercept") == 1,
       terms = I(as.character(attr(tt, "term.labels"))), names = I(as.character(colnames(m))),
       assign = I(attr(m, "assign")), offset = if (is.null(model.offset(mf))) NULL else model.offset(mf),
       values = I(as.numeric(m)))
}
# Rows with missing values.
m <- d
m$x[c(2, 5)] <- NA
m$Gender[c(5, 7)] <- NA
missing <- {
  mf <- model.frame(y ~ x + Gender, m)
  mm <- model.matrix(y ~ x + Gender, mf)
  list(formula = "y ~ x + Gender", rows = as.integer(rownames(mf)) - 1L, values = as.numeric(mm))
}
# Bases learnt from the data, for new values; beyond the boundary too.
new <- data.frame(x = c(0.5, 1, 2.2, 4.7, 7, 8), z = c(0.1, 0.3, 1.1, 2.5, 4, 5))
predicted <- lapply(c("y ~ poly(x, 3)", "y ~ ns(x, df = 3)", "y ~ bs(x, df = 5)", "y ~ ns(z, df = 2) + bs(z, degree = 2, df = 4)"), function(text) {
  f <- as.formula(text)
  tt <- terms(model.frame(f, d))
  m <- suppressWarnings(model.matrix(delete.response(tt), model.frame(delete.response(tt), new)))
  list(formula = text, values = I(as.numeric(m)))
})
dot <- local({ k <- d[, c("y", "x", "Gender", "my col")]; m <- model.matrix(y ~ . + x:Gender, k); list(columns = I(names(k)), formula = "y ~ . + x:Gender", names = I(colnames(m)), values = as.numeric(m)) })
cat(toJSON(list(
  tool = R.version.string, call = "terms(f), model.matrix(terms(f), model.frame(f, d))",
  data = as.list(d), cases = lapply(formulas, one), missing = missing,
  new = as.list(new), predicted = predicted, dot = dot
), digits = NA, auto_unbox = TRUE, null = "null"), "\n")
