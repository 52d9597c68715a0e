"""spark-submit spark/jobs/aggregate_features_daily.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["aggregate-features-daily", *sys.argv[1:]]))
