"""spark-submit spark/jobs/fit_bayesian_growth.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["fit-bayesian-growth", *sys.argv[1:]]))
