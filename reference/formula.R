# Terms and model matrices as R makes them, for the tests of crates/formula.
# Rscript reference/formula.R > crates/formula/tests/golden/formulas.json
# LC_ALL=C so that levels sort by bytes.
invisible(Sys.setlocale("LC_ALL", "C"))
library(jsonlite)
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
cat(toJSON(list(
  tool = R.version.string, call = "terms(f), model.matrix(terms(f), model.frame(f, d))",
  data = as.list(d), cases = lapply(formulas, one), missing = missing
), digits = NA, auto_unbox = TRUE, null = "null"), "\n")
