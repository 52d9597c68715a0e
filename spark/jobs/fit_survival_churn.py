"""spark-submit spark/jobs/fit_survival_churn.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["fit-survival-churn", *sys.argv[1:]]))
